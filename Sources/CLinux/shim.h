// Calls of Linux that Swift cannot make: variadic functions, numbers that exist as macros alone, GNU's own, and an
// instruction of the processor.
#pragma once
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

// prctl is variadic.
static inline int lethe_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Of glibc alone, and not in its Swift module. Bytes; the arenas are a count.
static inline void lethe_keep_heap_compact(int arenas, int mapped_from, int trimmed_from) {
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MMAP_THRESHOLD, mapped_from);
  mallopt(M_TRIM_THRESHOLD, trimmed_from);
}

// A struct and a function share the name fstatfs takes; the type's width differs between machines.
static inline int lethe_filesystem_type(int file, unsigned long *type) {
  struct statfs status;
  if (fstatfs(file, &status) != 0) return -1;
  *type = (unsigned long)status.f_type;
  return 0;
}

// ioctl is variadic, its requests are macros, and struct fiemap ends in an array without a length.
struct lethe_extent {
  unsigned long long logical, physical, length;
  unsigned int flags;
};
static inline int lethe_extents(int file, struct lethe_extent *extents, int capacity) {
  union {
    struct fiemap map;
    char room[sizeof(struct fiemap) + 16 * sizeof(struct fiemap_extent)];
  } request;
  memset(&request, 0, sizeof request);
  request.map.fm_length = FIEMAP_MAX_OFFSET;
  request.map.fm_flags = FIEMAP_FLAG_SYNC;
  request.map.fm_extent_count = 16;
  if (capacity < 16 || ioctl(file, FS_IOC_FIEMAP, &request.map) != 0) return -1;
  int count = (int)request.map.fm_mapped_extents;
  const struct fiemap_extent *found = (const struct fiemap_extent *)(request.room + sizeof(struct fiemap));
  for (int i = 0; i < count; i++) {
    extents[i].logical = found[i].fe_logical;
    extents[i].physical = found[i].fe_physical;
    extents[i].length = found[i].fe_length;
    extents[i].flags = found[i].fe_flags;
  }
  return count;
}

// ioctl is variadic.
static inline int lethe_file_flags(int file, int *flags) { return ioctl(file, FS_IOC_GETFLAGS, flags); }

// A global that anybody may change, which Swift does not let one read.
static inline char **lethe_environment(void) {
  extern char **environ;
  return environ;
}

// Macros.
static inline unsigned int lethe_device_major(unsigned long device) { return major(device); }
static inline unsigned int lethe_device_minor(unsigned long device) { return minor(device); }

// syncfs is GNU's own, and not in glibc's Swift module; the header that declares it would bring in too much.
int syncfs(int file);
static inline int lethe_sync_file_system(int file) { return syncfs(file); }

// The same of sync_file_range, and of SYNC_FILE_RANGE_WRITE, which is 2. Nobody looks at what it returns: fdatasync tells of
// what failed.
int sync_file_range(int file, long offset, long count, unsigned int flags);
static inline void lethe_begin_writing(int file, long offset, long count) {
  (void)sync_file_range(file, offset, count, 2);
}

// CRC-32C by the processor's own instruction, of a sum that is already inverted; 0 where it has none.
#if defined(__x86_64__)
static inline int lethe_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }
__attribute__((target("sse4.2"))) static inline uint32_t lethe_crc32c(uint32_t sum, const void *bytes, size_t count) {
  const uint8_t *next = (const uint8_t *)bytes;
  uint64_t wide = sum, word;
  for (; count >= 8; count -= 8, next += 8) {
    memcpy(&word, next, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  sum = (uint32_t)wide;
  for (; count > 0; count--) sum = __builtin_ia32_crc32qi(sum, *next++);
  return sum;
}
#else
static inline int lethe_has_crc32c(void) { return 0; }
static inline uint32_t lethe_crc32c(uint32_t sum, const void *bytes, size_t count) { return sum; }
#endif
