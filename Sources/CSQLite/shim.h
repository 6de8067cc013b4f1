// The system's SQLite. SQLITE_TRANSIENT is a cast that Swift cannot import, and sqlite3_db_config is variadic.
#pragma once
#include <sqlite3.h>
static inline sqlite3_destructor_type lethe_sqlite_transient(void) { return SQLITE_TRANSIENT; }
static inline int lethe_sqlite_db_config(sqlite3 *db, int option, int value) {
  return sqlite3_db_config(db, option, value, (int *)0);
}
// What SQLite allocates for an open file of a file system that is injected: the owner is Swift's.
typedef struct lethe_sqlite_file {
  sqlite3_file base;
  void *owner;
} lethe_sqlite_file;
