internal import Glibc

/// Whether the tests were built with a sanitizer, which changes what memory a process has.
public enum Sanitizer {
  public static let isActive: Bool = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
