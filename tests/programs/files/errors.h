/* Names of errors: the numbers differ between systems, and some messages too. */
#ifndef ERRORS_H
#define ERRORS_H

/* The name of an errno value, such as "ENOENT". */
const char *error_name(int number);

/* Prints `what: ok` or `what: NAME` after a call that returned `result`. */
void report(const char *what, long result);

#endif
