/*
 * Time. The first argument says what to do:
 *
 *     clock running           clocks that go forward
 *     clock sleeping          sleep, usleep, nanosleep
 *     clock calendar          gmtime, timegm and strftime, without a time zone
 *     clock local [SECONDS]   localtime, mktime and strftime in the zone of TZ,
 *                             for moments from this one on
 *     clock parsing           strptime
 *     clock changing          TZ set by the program itself
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return -1;
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int running(void)
{
    long long last = nanoseconds(CLOCK_MONOTONIC), first = last;
    int backwards = 0;
    for (int i = 0; i < 100000; i++) {
        long long now = nanoseconds(CLOCK_MONOTONIC);
        backwards += now < last;
        last = now;
    }
    printf("backwards %d, forwards %d\n", backwards, last > first);

    struct timespec resolution;
    printf("clock_getres %d", clock_getres(CLOCK_MONOTONIC, &resolution));
    printf(" fine: %d\n", resolution.tv_sec == 0 && resolution.tv_nsec <= 1000000);
    struct timeval micro;
    gettimeofday(&micro, NULL);
    long long real = nanoseconds(CLOCK_REALTIME);
    time_t seconds = time(NULL);
    printf("they agree: %d %d\n", llabs(real / 1000000000 - micro.tv_sec) <= 1,
           llabs(real / 1000000000 - seconds) <= 1);
    printf("after 2020: %d\n", seconds > 1577836800);

    clock_t used = clock();
    volatile double sum = 0;
    for (int i = 0; i < 20000000; i++)
        sum += i * 0.5;
    printf("processor time goes on: %d\n", clock() > used);
    struct timespec none;
    int result = clock_gettime(12345, &none);
    printf("a wrong clock: %d %d\n", result, errno == EINVAL);
    return 0;
}

static void slept(const char *what, int result, long long before, long long least)
{
    long long passed = nanoseconds(CLOCK_MONOTONIC) - before;
    printf("%s: %d, long enough: %d, not far too long: %d\n", what, result, passed >= least,
           passed < least + 2000000000LL);
}

static int sleeping(void)
{
    long long before = nanoseconds(CLOCK_MONOTONIC);
    struct timespec some = { 0, 50000000 };
    slept("nanosleep", nanosleep(&some, NULL), before, 50000000);
    before = nanoseconds(CLOCK_MONOTONIC);
    slept("usleep", usleep(30000), before, 30000000);
    before = nanoseconds(CLOCK_MONOTONIC);
    slept("sleep", (int)sleep(1), before, 1000000000);
    struct timespec wrong = { 0, 1000000000 };
    int result = nanosleep(&wrong, NULL);
    printf("a wrong time: %d\n", result == -1 && errno == EINVAL);
    return 0;
}

static void show(const struct tm *tm)
{
    char text[200];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %A %B %j %U %W %w %p %I %y %C %e %%", tm);
    puts(text);
}

static const time_t moments[] = {
    0, 1, 86399, 951782400, 1000000000, 1078012800, 1234567890, 1500000000,
    1711846799, 1711846800, 1729990800, 1700000000, 2147483647, -1, -86400, -1000000000,
};

enum { MOMENTS = sizeof moments / sizeof *moments };

static int calendar(void)
{
    for (int i = 0; i < MOMENTS; i++) {
        struct tm tm;
        gmtime_r(&moments[i], &tm);
        show(&tm);
        time_t back = timegm(&tm);
        printf("%ld %s\n", (long)back, back == moments[i] ? "same" : "DIFFERENT");
    }
    time_t moment = moments[6];
    printf("%s%s", asctime(gmtime(&moment)), ctime(&moment));
    char text[10] = "unchanged";
    printf("too little room: %zu\n", strftime(text, 5, "%Y-%m-%d", gmtime(&moment)));
    printf("%.0f seconds apart\n", difftime(moments[7], moments[6]));
    strftime(text, sizeof text, "%D", gmtime(&moment));
    printf("%s ", text);
    strftime(text, sizeof text, "%T", gmtime(&moment));
    printf("%s ", text);
    strftime(text, sizeof text, "%R", gmtime(&moment));
    printf("%s ", text);
    strftime(text, sizeof text, "%u %V", gmtime(&moment));
    printf("%s\n", text);
    return 0;
}

static int local(time_t earliest)
{
    tzset();
    printf("%s %ld\n", tzname[0], timezone);
    for (int i = 0; i < MOMENTS; i++) {
        struct tm tm;
        char text[64];
        if (moments[i] < earliest)
            continue;
        localtime_r(&moments[i], &tm);
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
        printf("%s dst %d offset %ld", text, tm.tm_isdst, tm.tm_gmtoff);
        time_t back = mktime(&tm);
        printf(" %s\n", back == moments[i] ? "same" : "another");
    }
    /* mktime puts fields in order: the 32nd of January, 25 hours, minus 1 minute. */
    struct tm odd = { .tm_year = 124, .tm_mon = 0, .tm_mday = 32, .tm_hour = 25, .tm_min = -1 };
    odd.tm_isdst = -1;
    time_t moment = mktime(&odd);
    printf("%ld %d-%02d-%02d %02d:%02d day %d of the year, weekday %d\n", (long)moment,
           odd.tm_year + 1900, odd.tm_mon + 1, odd.tm_mday, odd.tm_hour, odd.tm_min,
           odd.tm_yday, odd.tm_wday);
    printf("%s", ctime(&moment));
    return 0;
}

static int parsing(void)
{
    static const struct {
        const char *text, *format;
    } samples[] = {
        { "2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S" },
        { "Thu Jan  1 00:00:00 1970", "%a %b %e %H:%M:%S %Y" },
        { "03/04/05", "%m/%d/%y" },
        { "11:59 PM", "%I:%M %p" },
        { "not a date", "%Y-%m-%d" },
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct tm tm = { 0 };
        const char *end = strptime(samples[i].text, samples[i].format, &tm);
        printf("%s: %s %d-%02d-%02d %02d:%02d:%02d\n", samples[i].text, end ? "read" : "refused",
               tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    }
    return 0;
}

static void show_zone(const char *what)
{
    time_t moment = 1700000000;
    char text[64];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", localtime(&moment));
    printf("%s: %s, %ld, %s\n", what, text, (long)timezone, tzname[0]);
}

static int changing(void)
{
    show_zone("at first");
    setenv("TZ", "America/New_York", 1);
    tzset();
    show_zone("set");
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    show_zone("set again");
    unsetenv("TZ");
    tzset();
    show_zone("not set");
    putenv("TZ=Europe/Berlin");
    tzset();
    show_zone("put");
    struct tm summer = { .tm_year = 123, .tm_mon = 5, .tm_mday = 1, .tm_hour = 12, .tm_isdst = -1 };
    printf("%lld\n", (long long)mktime(&summer));
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "running"))
        return running();
    if (!strcmp(what, "sleeping"))
        return sleeping();
    if (!strcmp(what, "calendar"))
        return calendar();
    if (!strcmp(what, "local"))
        return local(argc > 2 ? (time_t)atol(argv[2]) : moments[MOMENTS - 1]);
    if (!strcmp(what, "parsing"))
        return parsing();
    if (!strcmp(what, "changing"))
        return changing();
    fprintf(stderr, "clock: what?\n");
    return 2;
}
