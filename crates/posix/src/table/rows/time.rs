//! Clocks, calendars and timers.

use super::vocabulary::*;

rows! {
    "Time" {
        env "clock_gettime" = Full [calls::clock::gettime](clockid: CLOCK, tp: output(&s::TIMESPEC)),
            "Reads a clock.";
        env "__clock_gettime" = Full [calls::clock::gettime](clockid: CLOCK, tp: output(&s::TIMESPEC)),
            "Reads a clock.";
        env "__syscall_clock_settime" = Full [sys calls::clock::settime](clockid: CLOCK, tp: input(&s::TIMESPEC)),
            "Sets a clock.";
        env "clock_getres" = Full [calls::clock::getres](clockid: CLOCK, res: output(&s::TIMESPEC)),
            "Stores the resolution of a clock.";
        env "gettimeofday" = Full [calls::clock::gettimeofday](tv: output(&s::TIMEVAL), tz: ADDRESS),
            "Reads the time of day; the zone is left alone.";
        env "time" = Full [calls::clock::time](tloc: number_out(4, Scalar::Int)),
            "Returns the seconds since 1970, in 32 bits, and stores them where `tloc` is not null.";
        env "clock" = Full [calls::clock::clock](),
            "Returns the processor time that was used, in microseconds.";
        env "difftime" = Full [calls::clock::difftime](time1: INT, time0: INT) -> FLOAT,
            "Returns the difference of two times of 32 bits.";
        env "ftime" = Full [calls::clock::ftime](tp: output(&s::TIMEB)),
            "Reads the time of day.";
        env "timespec_get" = Full [calls::clock::timespec_get](ts: output(&s::TIMESPEC), base: choice(&c::TIME_BASE)),
            "Reads the time of day; returns `base`, or 0 when it is not TIME_UTC.";
        env "emscripten_get_now" = Full [calls::clock::get_now]() -> FLOAT,
            "Returns the milliseconds of the monotonic clock.";
        env "emscripten_date_now" = Full [calls::clock::date_now]() -> FLOAT,
            "Returns the milliseconds since 1970.";
        env "emscripten_get_now_res" = Full [calls::clock::get_now_res]() -> FLOAT,
            "Returns the resolution of the monotonic clock, in milliseconds.";
        env "_emscripten_get_now_is_monotonic" = Full [calls::clock::now_is_monotonic](),
            "Returns 1: the clock does not go backwards.";
        env "emscripten_get_now_is_monotonic" = Full [calls::clock::now_is_monotonic](),
            "Returns 1: the clock does not go backwards.";
        env "_tzset_js" = Full
            [calls::local_time::tzset](timezone: word_out(Scalar::Int), daylight: number_out(4, Scalar::Int), std_name: Special(x::TextOut), dst_name: Special(x::TextOut))
            [calls::local_time::tzset_allocating](timezone: word_out(Scalar::Int), daylight: number_out(4, Scalar::Int), tzname: ADDRESS),
            "Stores the seconds west of Greenwich, whether there is summer time, and the names of both times (into 17 bytes each; older versions: two pointers to names from the guest's `malloc`).";
        env "_localtime_js" = Full
            [calls::local_time::local](time: INT, tm: output(&s::TM))
            [calls::local_time::local_at](time: number_in(4, Scalar::Int), tm: output(&s::TM)),
            "Breaks a time down in the zone that TZ names (older versions: a pointer to a time of 32 bits).";
        env "_gmtime_js" = Full
            [calls::local_time::utc](time: INT, tm: output(&s::TM))
            [calls::local_time::utc_at](time: number_in(4, Scalar::Int), tm: output(&s::TM)),
            "Breaks a time down in UTC (older versions: a pointer to a time of 32 bits).";
        env "_mktime_js" = Full
            [calls::local_time::make](tm: update(&s::TM))
            [calls::local_time::make_32](tm: update(&s::TM)),
            "Returns the seconds since 1970 of a local time, which it normalises.";
        env "_timegm_js" = Full
            [calls::local_time::make_utc](tm: update(&s::TM))
            [calls::local_time::make_utc_32](tm: update(&s::TM)),
            "Returns the seconds since 1970 of a time in UTC, which it normalises.";
        env "strftime" = Partial [calls::local_time::strftime](s: Special(x::TextOut), maxsize: UNSIGNED, format: Text, tm: input(&s::TM)) -> UNSIGNED,
            "Writes a time as a pattern says; returns the length, or 0 when there is not enough room.", "In the C locale.";
        env "strftime_l" = Partial [calls::local_time::strftime_l](s: Special(x::TextOut), maxsize: UNSIGNED, format: Text, tm: input(&s::TM), locale: ADDRESS) -> UNSIGNED,
            "Writes a time as a pattern says; returns the length, or 0 when there is not enough room.", "In the C locale.";
        env "strptime" = Partial [calls::local_time::strptime](s: Text, format: Text, tm: output(&s::TM)) -> ADDRESS,
            "Reads a time as a pattern says; returns the end of what was read, or null.", "In the C locale.";
        env "strptime_l" = Partial [calls::local_time::strptime_l](s: Text, format: Text, tm: output(&s::TM), locale: ADDRESS) -> ADDRESS,
            "Reads a time as a pattern says; returns the end of what was read, or null.", "In the C locale.";
        env "__asctime_r" = Full [calls::local_time::asctime](tm: input(&s::TM), buf: Special(x::TextOut)) -> ADDRESS,
            "Writes a time in 26 bytes, as `Thu Jan  1 00:00:00 1970\\n`; returns the buffer.";
        env "dysize" = Full [calls::legacy::dysize](year: INT),
            "Returns the number of days of a year.";
        env "__syscall_getitimer" = Full [calls::limits::getitimer](which: choice(&c::ITIMER), value: output(&s::LONG_ITIMERVAL)),
            "Stores what an interval timer is set to.";
        env "__syscall_setitimer" = Full [calls::limits::setitimer](which: choice(&c::ITIMER), new: input(&s::LONG_ITIMERVAL), old: output(&s::LONG_ITIMERVAL)),
            "Sets an interval timer and stores what it was set to.";
        env "__syscall_nanosleep" = Full [sys calls::signals::nanosleep](req: input(&s::TIMESPEC), rem: output(&s::TIMESPEC)),
            "Sleeps; stores how long it had to go on when a signal ends it.";
        env "__syscall_clock_nanosleep" = Full [sys calls::signals::clock_nanosleep](clockid: CLOCK, flags: flags(&c::TIMERFD), req: input(&s::TIMESPEC), rem: output(&s::TIMESPEC)),
            "Sleeps by a clock, for or until a time; stores how long it had to go on when a signal ends it.";
        env "__syscall_timer_create" = Partial [sys calls::timers::create](clockid: CLOCK, event: input(&s::SIGEVENT), timer: word_out(Scalar::Int)),
            "Makes a timer that sends the process or a thread of it a signal (null: SIGALRM).", "SIGEV_THREAD is left to the C library.";
        env "__syscall_timer_settime" = Full [sys calls::timers::settime](timer: ADDRESS, flags: flags(&c::TIMERFD), new: input(&s::ITIMERSPEC), old: output(&s::ITIMERSPEC)),
            "Sets a timer and stores what it was set to.";
        env "__syscall_timer_gettime" = Full [sys calls::timers::gettime](timer: ADDRESS, value: output(&s::ITIMERSPEC)),
            "Stores what a timer is set to.";
        env "__syscall_timer_getoverrun" = Full [sys calls::timers::getoverrun](timer: ADDRESS),
            "Returns how often a timer has gone off between its last signal and its delivery.";
        env "__syscall_timer_delete" = Full [sys calls::timers::delete](timer: ADDRESS),
            "Removes a timer.";
        env "timer_create" = Partial [libc calls::timers::create](clockid: CLOCK, event: input(&s::SIGEVENT), timer: word_out(Scalar::Int)),
            "Makes a timer that sends the process or a thread of it a signal (null: SIGALRM).", "SIGEV_THREAD is left to the C library.";
        env "timer_settime" = Full [libc calls::timers::settime](timer: ADDRESS, flags: flags(&c::TIMERFD), new: input(&s::ITIMERSPEC), old: output(&s::ITIMERSPEC)),
            "Sets a timer and stores what it was set to.";
        env "timer_gettime" = Full [libc calls::timers::gettime](timer: ADDRESS, value: output(&s::ITIMERSPEC)),
            "Stores what a timer is set to.";
        env "timer_getoverrun" = Full [libc calls::timers::getoverrun](timer: ADDRESS),
            "Returns how often a timer has gone off between its last signal and its delivery.";
        env "timer_delete" = Full [libc calls::timers::delete](timer: ADDRESS),
            "Removes a timer.";
        env "_setitimer_js" = Partial [calls::signals::setitimer](which: choice(&c::ITIMER), timeout: FLOAT),
            "Sets an interval timer to go off once, after so many milliseconds; 0 stops it.", "The signal has its default action.";
        env "alarm" = Full [calls::signals::alarm](seconds: UNSIGNED) -> UNSIGNED,
            "Has SIGALRM sent after so many seconds; returns how many were left before.";
        env "settimeofday" = Full [libc calls::extra::settimeofday](tv: input(&s::TIMEVAL), tz: ADDRESS),
            "Sets the time of day.";
        wasi "clock_time_get" = Full [wasi::clock::time_get](id: choice(&c::W_CLOCK), precision: UNSIGNED, time: number_out(8, Scalar::Unsigned)),
            "Stores the nanoseconds of a clock.";
        wasi "clock_res_get" = Full [wasi::clock::res_get](id: choice(&c::W_CLOCK), resolution: number_out(8, Scalar::Unsigned)),
            "Stores the resolution of a clock in nanoseconds.";
    }
}
