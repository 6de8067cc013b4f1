internal import Glibc

/// Whether the tests were built with a sanitizer, which changes what memory a process has: terabytes of shadow, which a
/// search through all of it would read, copies of what was freed, and a `mlock` that does nothing.
public enum Sanitizer {
  public static let isActive: Bool = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
}
