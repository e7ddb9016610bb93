#include "errors.h"

#include <errno.h>
#include <stdio.h>

const char *error_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
#define NAME(error) { error, #error }
        NAME(EACCES), NAME(EAGAIN), NAME(EBADF), NAME(EBUSY), NAME(EEXIST),
        NAME(EFAULT), NAME(EFBIG), NAME(EINTR), NAME(EINVAL), NAME(EIO),
        NAME(EISDIR), NAME(ELOOP), NAME(EMFILE), NAME(EMLINK),
        NAME(ENAMETOOLONG), NAME(ENODEV), NAME(ENOENT), NAME(ENOMEM),
        NAME(ENOSPC), NAME(ENOSYS), NAME(ENOTDIR), NAME(ENOTEMPTY),
        NAME(ENOTSUP), NAME(ENOTTY), NAME(ENXIO), NAME(EPERM), NAME(EPIPE),
        NAME(ERANGE), NAME(EROFS), NAME(ESPIPE), NAME(ESRCH), NAME(EXDEV),
#undef NAME
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    return "another error";
}

void report(const char *what, long result)
{
    int error = errno;
    if (result < 0)
        printf("%s: %s\n", what, error_name(error));
    else
        printf("%s: ok\n", what);
    errno = error;
}
