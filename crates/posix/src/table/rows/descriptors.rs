//! Descriptors, waiting for them, sockets and the names of hosts.

use super::vocabulary::*;

rows! {
    "Descriptors" {
        env "__syscall_dup" = Full [calls::descriptors::dup](oldfd: FD) -> FD,
            "Gives an open file one more descriptor, the lowest free one.";
        env "__syscall_dup3" = Full [calls::descriptors::dup3](oldfd: FD, newfd: FD, flags: flags(&c::CLOEXEC)) -> FD,
            "Gives an open file the descriptor `newfd`, closing what had it.";
        env "__syscall_pipe" = Full [calls::descriptors::pipe](pipefd: Meaning::Items(Direction::Out, Item::Number(4, Scalar::Fd), Fixed(2))),
            "Makes a pipe and stores its descriptors: for reading, for writing.";
        env "__syscall_pipe2" = Full [calls::descriptors::pipe2](pipefd: Meaning::Items(Direction::Out, Item::Number(4, Scalar::Fd), Fixed(2)), flags: flags(&c::CLOEXEC)),
            "Makes a pipe and stores its descriptors: for reading, for writing.";
        env "__syscall_fcntl64" = Full [calls::descriptors::fcntl](fd: FD, cmd: choice(&c::FCNTL), arg: Special(x::FcntlArgument)) -> Special(x::FcntlResult),
            "Does something with a descriptor, as the command says. The argument is the first variable one: a number, or a pointer to `struct flock` or `struct f_owner_ex`.";
        env "__syscall_ioctl" = Partial [calls::ioctl::ioctl](fd: FD, request: choice(&c::IOCTL), argp: Special(x::IoctlArgument)),
            "Controls a device. The argument is the first variable one.",
            "Terminals, pipes, sockets, network interfaces and block sizes; other requests give ENOTTY.";
        env "__syscall_poll" = Full [calls::poll::poll](fds: Special(x::Poll), nfds: UNSIGNED, timeout: INT),
            "Waits until one of several descriptors is ready, at most `timeout` milliseconds, without limit when it is negative; returns how many are.";
        env "__syscall_poll_nonblocking" = Full [calls::poll::poll_now](fds: Special(x::Poll), nfds: UNSIGNED),
            "Asks which of several descriptors are ready; returns how many are.";
        env "ppoll" = Full [libc calls::poll::ppoll](fds: Special(x::Poll), nfds: UNSIGNED, timeout: input(&s::TIMESPEC), sigmask: Special(x::SignalSet)),
            "Waits until one of several descriptors is ready, with other signals blocked meanwhile.";
        env "__syscall__newselect" = Full [calls::poll::select](nfds: INT, readfds: Special(x::FdSet), writefds: Special(x::FdSet), exceptfds: Special(x::FdSet), timeout: input(&s::LONG_TIMEVAL)),
            "Waits until one of the descriptors in three sets of 1024 bits is ready; the sets then hold those that are, the result is their number.";
        env "__syscall_pselect6" = Full [calls::poll::pselect6](nfds: INT, readfds: Special(x::FdSet), writefds: Special(x::FdSet), exceptfds: Special(x::FdSet), timeout: input(&s::LONG_TIMESPEC), sigmask: input(&s::PSELECT_MASK)),
            "The same, with other signals blocked meanwhile.";
        env "__syscall_epoll_create1" = Full [sys calls::epoll::create1](flags: flags(&c::CLOEXEC)) -> FD,
            "Makes a descriptor that gathers events of others.";
        env "__syscall_epoll_ctl" = Full [sys calls::epoll::ctl](epfd: FD, op: choice(&c::EPOLL_OPERATION), fd: FD, event: input(&s::EPOLL_EVENT)),
            "Adds, changes or removes a descriptor whose events are gathered.";
        env "__syscall_epoll_pwait" = Full [sys calls::epoll::pwait_sized](epfd: FD, events: out_array(&s::EPOLL_EVENT, Length::Result), maxevents: INT, timeout: INT, sigmask: Special(x::SignalSet), sigsetsize: UNSIGNED),
            "Waits for events, at most `timeout` milliseconds; returns how many there are.";
        env "__syscall_epoll_pwait_nonblocking" = Full [sys calls::epoll::wait_now](epfd: FD, events: out_array(&s::EPOLL_EVENT, Length::Result), maxevents: INT),
            "Fetches the events that there are.";
        env "epoll_create" = Full [libc calls::epoll::create](size: INT) -> FD,
            "Makes a descriptor that gathers events of others; `size` must be positive.";
        env "epoll_create1" = Full [libc calls::epoll::create1](flags: flags(&c::CLOEXEC)) -> FD,
            "Makes a descriptor that gathers events of others.";
        env "epoll_ctl" = Full [libc calls::epoll::ctl](epfd: FD, op: choice(&c::EPOLL_OPERATION), fd: FD, event: input(&s::EPOLL_EVENT)),
            "Adds, changes or removes a descriptor whose events are gathered.";
        env "epoll_wait" = Full [libc calls::epoll::wait](epfd: FD, events: out_array(&s::EPOLL_EVENT, Length::Result), maxevents: INT, timeout: INT),
            "Waits for events, at most `timeout` milliseconds; returns how many there are.";
        env "epoll_pwait" = Full [libc calls::epoll::pwait](epfd: FD, events: out_array(&s::EPOLL_EVENT, Length::Result), maxevents: INT, timeout: INT, sigmask: Special(x::SignalSet)),
            "The same, with other signals blocked meanwhile.";
        env "eventfd" = Full [libc calls::epoll::eventfd](initval: UNSIGNED, flags: flags(&c::EVENTFD)) -> FD,
            "Makes a descriptor that is a counter of events.";
        env "timerfd_create" = Full [libc calls::epoll::timerfd_create](clockid: CLOCK, flags: flags(&c::CLOEXEC)) -> FD,
            "Makes a descriptor that is a timer.";
        env "timerfd_settime" = Full [libc calls::epoll::timerfd_settime](fd: FD, flags: flags(&c::TIMERFD), new_value: input(&s::ITIMERSPEC), old_value: output(&s::ITIMERSPEC)),
            "Sets a timer and stores what it was set to.";
        env "timerfd_gettime" = Full [libc calls::epoll::timerfd_gettime](fd: FD, curr_value: output(&s::ITIMERSPEC)),
            "Stores what a timer is set to.";
        env "signalfd" = Full [libc calls::signals::signalfd](fd: FD, mask: Special(x::SignalSet), flags: flags(&c::CLOEXEC)) -> FD,
            "Makes a descriptor that reports signals, or with `fd` changes which.";
        wasi "poll_oneoff" = Full [wasi::poll::oneoff](in_: in_array(&s::W_SUBSCRIPTION, Argument("nsubscriptions")), out: out_array(&s::W_EVENT, Stored("nevents")), nsubscriptions: UNSIGNED, nevents: number_out(4, Scalar::Unsigned)),
            "Waits for the first of several clocks and descriptors, and stores an event for each that is ready.";
    }
    "Sockets" {
        env "__syscall_socket" = Full [calls::sockets::socket](domain: choice(&c::FAMILY), type_: flags(&c::SOCKET_TYPE), protocol: choice(&c::PROTOCOL), pad1: Unused, pad2: Unused, pad3: Unused) -> FD,
            "Makes a socket.";
        env "__syscall_socketpair" = Full [calls::sockets::socketpair](domain: choice(&c::FAMILY), type_: flags(&c::SOCKET_TYPE), protocol: choice(&c::PROTOCOL), sv: Meaning::Items(Direction::Out, Item::Number(4, Scalar::Fd), Fixed(2)), pad1: Unused, pad2: Unused),
            "Makes two sockets that are connected, and stores their descriptors.";
        env "__syscall_bind" = Full [calls::sockets::bind](sockfd: FD, addr: Special(x::SocketAddress), addrlen: UNSIGNED, pad1: Unused, pad2: Unused, pad3: Unused),
            "Gives a socket an address.";
        env "__syscall_connect" = Full [calls::sockets::connect](sockfd: FD, addr: Special(x::SocketAddress), addrlen: UNSIGNED, pad1: Unused, pad2: Unused, pad3: Unused),
            "Connects a socket with an address.";
        env "__syscall_listen" = Full [calls::sockets::listen](sockfd: FD, backlog: INT, pad1: Unused, pad2: Unused, pad3: Unused, pad4: Unused),
            "Has a socket accept connections, with so many waiting.";
        env "__syscall_accept4" = Full [calls::sockets::accept4](sockfd: FD, addr: Special(x::SocketAddressOut), addrlen: number_out(4, Scalar::Unsigned), flags: flags(&c::ACCEPT), pad1: Unused, pad2: Unused) -> FD,
            "Takes a connection and stores the other side's address; `*addrlen` is the room for it and then its length.";
        env "__syscall_getsockname" = Full [calls::sockets::getsockname](sockfd: FD, addr: Special(x::SocketAddressOut), addrlen: number_out(4, Scalar::Unsigned), pad1: Unused, pad2: Unused, pad3: Unused),
            "Stores the address of a socket.";
        env "__syscall_getpeername" = Full [calls::sockets::getpeername](sockfd: FD, addr: Special(x::SocketAddressOut), addrlen: number_out(4, Scalar::Unsigned), pad1: Unused, pad2: Unused, pad3: Unused),
            "Stores the address of the other side.";
        env "__syscall_shutdown" = Full [calls::sockets::shutdown](sockfd: FD, how: choice(&c::SHUTDOWN), pad1: Unused, pad2: Unused, pad3: Unused, pad4: Unused),
            "Ends one or both directions of a connection.";
        env "__syscall_sendto" = Full [calls::sockets::sendto](sockfd: FD, buf: bytes_in(Argument("len")), len: UNSIGNED, flags: flags(&c::MSG), dest_addr: Special(x::SocketAddress), addrlen: UNSIGNED),
            "Sends bytes, to an address where one is given; returns how many.";
        env "__syscall_recvfrom" = Full [calls::sockets::recvfrom](sockfd: FD, buf: bytes_out(Length::Result), len: UNSIGNED, flags: flags(&c::MSG), src_addr: Special(x::SocketAddressOut), addrlen: number_out(4, Scalar::Unsigned)),
            "Receives bytes and stores the sender's address where there is room given; returns how many.";
        env "__syscall_sendmsg" = Full [calls::messages::sendmsg](sockfd: FD, msg: Special(x::Message), flags: flags(&c::MSG), pad1: Unused, pad2: Unused, pad3: Unused),
            "Sends a message with its control messages; returns the number of bytes.";
        env "__syscall_recvmsg" = Full [calls::messages::recvmsg](sockfd: FD, msg: Special(x::MessageOut), flags: flags(&c::MSG), pad1: Unused, pad2: Unused, pad3: Unused),
            "Receives a message with its control messages; returns the number of bytes.";
        env "__syscall_sendmmsg" = Full [calls::messages::sendmmsg](sockfd: FD, msgvec: in_array(&s::MMSGHDR, Argument("vlen")), vlen: UNSIGNED, flags: flags(&c::MSG), varargs: ADDRESS),
            "Sends several messages; returns how many.";
        env "__syscall_recvmmsg" = Full [calls::messages::recvmmsg](sockfd: FD, msgvec: out_array(&s::MMSGHDR, Length::Result), vlen: UNSIGNED, flags: flags(&c::MSG), varargs: ADDRESS),
            "Receives several messages; returns how many. The first variable argument is a pointer to the time limit, a `long` of seconds and one of nanoseconds, or null.";
        env "__syscall_setsockopt" = Partial [calls::socket_options::setsockopt](sockfd: FD, level: choice(&c::LEVEL), optname: Special(x::SocketOption), optval: Special(x::OptionValue), optlen: UNSIGNED, pad: Unused),
            "Sets an option of a socket. Time limits are `struct timeval`.",
            "Options whose values contain pointers (packet filters) give ENOPROTOOPT.";
        env "__syscall_getsockopt" = Partial [calls::socket_options::getsockopt](sockfd: FD, level: choice(&c::LEVEL), optname: Special(x::SocketOption), optval: Special(x::OptionValueOut), optlen: number_out(4, Scalar::Unsigned), pad: Unused),
            "Stores an option of a socket; `*optlen` is the room for it and then its length.", "As setsockopt.";
        wasi "sock_accept" = Full [wasi::sockets::accept](sock: FD, flags: flags(&c::W_FD), fd: number_out(4, Scalar::Fd)),
            "Takes a connection and stores its descriptor.";
        wasi "sock_recv" = Full [wasi::sockets::recv](sock: FD, ri_data: Buffers(Direction::Out, "ri_data_len", Stored("ro_datalen")), ri_data_len: UNSIGNED, ri_flags: flags(&c::W_RECEIVE), ro_datalen: number_out(4, Scalar::Unsigned), ro_flags: number_out(2, Scalar::Flags(&c::W_RECEIVED))),
            "Receives into buffers and stores the number of bytes.";
        wasi "sock_send" = Full [wasi::sockets::send](sock: FD, si_data: Buffers(Direction::In, "si_data_len", Length::One), si_data_len: UNSIGNED, si_flags: HEX, so_datalen: number_out(4, Scalar::Unsigned)),
            "Sends buffers and stores the number of bytes.";
        wasi "sock_shutdown" = Full [wasi::sockets::shutdown](sock: FD, how: flags(&c::W_SHUTDOWN)),
            "Ends one or both directions of a connection.";
    }
    "Names" {
        env "getaddrinfo" = Full [calls::names::getaddrinfo](node: Text, service: Text, hints: input(&s::ADDRINFO_HINTS), res: word_out(Scalar::Address)) -> choice(&c::LOOKUP),
            "Looks a host and a service up and stores a list of `struct addrinfo`, in memory from the guest's `malloc`; returns 0 or an EAI code.";
        env "getnameinfo" = Full [calls::names::getnameinfo](addr: Special(x::SocketAddress), addrlen: UNSIGNED, host: ADDRESS, hostlen: UNSIGNED, serv: ADDRESS, servlen: UNSIGNED, flags: flags(&c::NAMEINFO)) -> choice(&c::LOOKUP),
            "Stores the names of a host and a service; returns 0 or an EAI code.";
        env "gethostbyname" = Full [calls::names::gethostbyname](name: Text) -> ADDRESS,
            "Looks a host up; returns a `struct hostent`, valid until the next call, or null.";
        env "gethostbyname_r" = Full [calls::names::gethostbyname_r](name: Text, ret: output(&s::HOSTENT), buf: ADDRESS, buflen: UNSIGNED, result: word_out(Scalar::Address), h_errnop: number_out(4, Scalar::Int)),
            "Looks a host up into memory that the guest gives; returns 0 or an error number.";
        env "gethostbyaddr" = Full [calls::names::gethostbyaddr](addr: bytes_in(Argument("len")), len: UNSIGNED, type_: choice(&c::FAMILY)) -> ADDRESS,
            "Looks the host of an address up; returns a `struct hostent`, valid until the next call, or null.";
        env "getprotobyname" = Partial [calls::names::getprotobyname](name: Text) -> ADDRESS,
            "Looks a protocol up; returns a `struct protoent`, valid until the next call, or null.", "Without aliases.";
        env "_emscripten_lookup_name" = Full [calls::names::lookup](name: Text) -> HEX,
            "Looks a host up; returns its IPv4 address in network order, or 0.";
    }
}
