// An ideal log, which `lethe bench` is measured against: one thread that seals, hashes, writes and syncs, and nothing else.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct lethe_ideal lethe_ideal;

// Makes the file and a key for each subject. Each record has `overhead` bytes, at least LETHE_IDEAL_OVERHEAD, beside its
// padded payload. NULL on failure.
#define LETHE_IDEAL_OVERHEAD 128
lethe_ideal *lethe_ideal_open(const char *path, size_t subjects, size_t overhead);
void lethe_ideal_close(lethe_ideal *log);

// All others: negative on failure.
// Whether so many bytes behind the last record are filled with zeros: 1 or 0.
int lethe_ideal_has_room(const lethe_ideal *log, size_t count);
// Fills 64 MiB more with zeros and syncs them.
int lethe_ideal_prepare(lethe_ideal *log);
// Seals a payload of a padded length under the subject's key into the next batch.
int lethe_ideal_seal(lethe_ideal *log, size_t subject, size_t padded);
// Writes the batch (one pwrite) and syncs it (one fdatasync).
int lethe_ideal_write(lethe_ideal *log);
// Reads 1 MiB, or as much as has a whole record, checks and opens what is in it: how many; 0 at the end, then it begins anew.
int64_t lethe_ideal_read(lethe_ideal *log);
