/*
 * Sockets, all within one process and on the loopback interface. The first
 * argument names a chapter; all are run without one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *error_name(int number)
{
    switch (number) {
    case EAGAIN:
        return "EAGAIN";
    case EBADF:
        return "EBADF";
    case ECONNREFUSED:
        return "ECONNREFUSED";
    case EADDRINUSE:
        return "EADDRINUSE";
    case EADDRNOTAVAIL:
        return "EADDRNOTAVAIL";
    case EINPROGRESS:
        return "EINPROGRESS";
    case EISCONN:
        return "EISCONN";
    case ENOTCONN:
        return "ENOTCONN";
    case ENOTSOCK:
        return "ENOTSOCK";
    case EPIPE:
        return "EPIPE";
    case EDESTADDRREQ:
        return "EDESTADDRREQ";
    case EAFNOSUPPORT:
        return "EAFNOSUPPORT";
    case EINVAL:
        return "EINVAL";
    case ENOENT:
        return "ENOENT";
    case EOPNOTSUPP:
        return "EOPNOTSUPP";
    default:
        return "another error";
    }
}

static long report(const char *what, long result)
{
    if (result < 0)
        printf("%s: %s\n", what, error_name(errno));
    else
        printf("%s: ok\n", what);
    return result;
}

/* Waits until there is something to read: what is sent may take its time. */
static void await(int fd)
{
    struct pollfd polled = { fd, POLLIN, 0 };
    poll(&polled, 1, 5000);
}

/* An address on the loopback interface; port 0 lets the system choose. */
static struct sockaddr_in loopback(in_port_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = port };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A socket that listens, and where. */
static int listener(struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t size = sizeof *address;
    *address = loopback(0);
    report("bind", bind(fd, (struct sockaddr *)address, sizeof *address));
    report("listen", listen(fd, 5));
    report("getsockname", getsockname(fd, (struct sockaddr *)address, &size));
    printf("family %d, size %u, a port: %d\n", address->sin_family == AF_INET, size,
           address->sin_port != 0);
    return fd;
}

static void streams(void)
{
    struct sockaddr_in address, peer;
    char text[64] = "";
    int listening = listener(&address);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    report("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    socklen_t size = sizeof peer;
    int server = accept(listening, (struct sockaddr *)&peer, &size);
    report("accept", server);
    struct sockaddr_in own;
    socklen_t own_size = sizeof own;
    getsockname(client, (struct sockaddr *)&own, &own_size);
    printf("the peer is the client: %d\n", own.sin_port == peer.sin_port
                                               && own.sin_addr.s_addr == peer.sin_addr.s_addr);
    size = sizeof peer;
    report("getpeername", getpeername(client, (struct sockaddr *)&peer, &size));
    printf("the peer is the server: %d\n", peer.sin_port == address.sin_port);

    printf("send %zd\n", send(client, "request", 7, 0));
    printf("recv %zd\n", recv(server, text, 3, MSG_PEEK));
    printf("peeked %s\n", text);
    printf("recv %zd\n", recv(server, text, sizeof text, 0));
    printf("%.7s\n", text);
    printf("write %zd\n", write(server, "answer", 6));
    memset(text, 0, sizeof text);
    printf("read %zd\n", read(client, text, sizeof text));
    printf("%s\n", text);

    /* In pieces, by vectors. */
    char first[] = "one ", second[] = "two", in1[5] = "", in2[10] = "";
    struct iovec out[] = { { first, 4 }, { second, 3 } };
    struct iovec in[] = { { in1, 4 }, { in2, 9 } };
    struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };
    printf("sendmsg %zd\n", sendmsg(client, &message, 0));
    message = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2 };
    printf("recvmsg %zd\n", recvmsg(server, &message, 0));
    printf("[%s][%s]\n", in1, in2);

    int waiting = -1;
    send(client, "12345", 5, 0);
    await(server);
    ioctl(server, FIONREAD, &waiting);
    printf("%d bytes wait\n", waiting);
    report("FIONBIO", ioctl(server, FIONBIO, &(int){ 1 }));
    recv(server, text, sizeof text, 0);
    report("recv of nothing", recv(server, text, sizeof text, 0));
    report("MSG_DONTWAIT", recv(client, text, sizeof text, MSG_DONTWAIT));

    int error = -1;
    size = sizeof error;
    report("SO_ERROR", getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &size));
    printf("error %d\n", error);
    report("accept on a connected socket", accept(client, NULL, NULL));
    close(client);
    await(server);
    printf("recv at the end %zd\n", recv(server, text, sizeof text, 0));
    close(server);
    close(listening);
}

static void large(void)
{
    struct sockaddr_in address;
    int listening = listener(&address);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    connect(client, (struct sockaddr *)&address, sizeof address);
    int server = accept(listening, NULL, NULL);
    fcntl(client, F_SETFL, O_NONBLOCK);
    fcntl(server, F_SETFL, O_NONBLOCK);

    enum { TOTAL = 4 << 20 };
    static unsigned char out[30000], in[50000];
    size_t sent = 0, received = 0;
    unsigned wrong = 0;
    while (received < TOTAL) {
        struct pollfd polled[2] = { { client, sent < TOTAL ? POLLOUT : 0, 0 }, { server, POLLIN, 0 } };
        if (poll(polled, 2, 5000) <= 0) {
            printf("nothing moves\n");
            break;
        }
        if (polled[0].revents & POLLOUT) {
            size_t size = TOTAL - sent < sizeof out ? TOTAL - sent : sizeof out;
            for (size_t i = 0; i < size; i++)
                out[i] = (unsigned char)((sent + i) * 31 >> 3);
            ssize_t n = send(client, out, size, 0);
            if (n > 0)
                sent += (size_t)n;
        }
        if (polled[1].revents & POLLIN) {
            ssize_t n = recv(server, in, sizeof in, 0);
            for (ssize_t i = 0; i < n; i++)
                wrong += in[i] != (unsigned char)((received + (size_t)i) * 31 >> 3);
            received += n > 0 ? (size_t)n : 0;
        }
    }
    printf("sent %zu, received %zu, %u wrong\n", sent, received, wrong);
    close(client);
    close(server);
    close(listening);
}

static void datagrams(void)
{
    struct sockaddr_in first_address = loopback(0), second_address = loopback(0), from;
    socklen_t size = sizeof first_address;
    char text[64] = "";
    int first = socket(AF_INET, SOCK_DGRAM, 0), second = socket(AF_INET, SOCK_DGRAM, 0);
    report("bind", bind(first, (struct sockaddr *)&first_address, sizeof first_address));
    bind(second, (struct sockaddr *)&second_address, sizeof second_address);
    getsockname(first, (struct sockaddr *)&first_address, &size);
    getsockname(second, (struct sockaddr *)&second_address, &size);
    printf("sendto %zd\n", sendto(first, "datagram", 8, 0, (struct sockaddr *)&second_address, size));
    size = sizeof from;
    printf("recvfrom %zd\n", recvfrom(second, text, sizeof text, 0, (struct sockaddr *)&from, &size));
    printf("%s, from the first: %d\n", text, from.sin_port == first_address.sin_port);
    report("connect", connect(second, (struct sockaddr *)&first_address, sizeof first_address));
    printf("send %zd\n", send(second, "back, and too long", 18, 0));
    printf("cut %zd\n", recv(first, text, 4, 0));
    report("the rest is gone", recv(first, text, sizeof text, MSG_DONTWAIT));
    printf("empty %zd\n", send(second, "", 0, 0));
    printf("empty %zd\n", recv(first, text, sizeof text, 0));
    report("send without an address", send(first, "x", 1, 0));
    close(first);
    close(second);
}

static void local(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char text[32] = "";
    strcpy(address.sun_path, "socket");
    int listening = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    report("connect to nothing", connect(client, (struct sockaddr *)&address, sizeof address));
    report("bind", bind(listening, (struct sockaddr *)&address, sizeof address));
    report("listen", listen(listening, 1));
    report("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    int server = accept(listening, NULL, NULL);
    report("accept", server);
    printf("write %zd\n", write(client, "local", 5));
    printf("read %zd\n", read(server, text, sizeof text));
    printf("%s\n", text);
    int again = socket(AF_UNIX, SOCK_STREAM, 0);
    report("bind again", bind(again, (struct sockaddr *)&address, sizeof address));
    report("unlink", unlink("socket"));
    close(again);
    close(server);
    close(client);
    close(listening);
}

static void waiting(void)
{
    struct sockaddr_in address;
    int listening = listener(&address);
    struct pollfd polled = { listening, POLLIN, 0 };
    printf("poll %d\n", poll(&polled, 1, 10));
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect(client, (struct sockaddr *)&address, sizeof address);
    printf("connect at once or later: %d\n", result == 0 || errno == EINPROGRESS);
    printf("poll %d", poll(&polled, 1, 2000));
    printf(" in %d\n", polled.revents == POLLIN);
    int server = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
    report("accept4", server);
    polled = (struct pollfd){ client, POLLOUT, 0 };
    printf("poll %d", poll(&polled, 1, 2000));
    printf(" out %d\n", polled.revents == POLLOUT);
    report("recv", recv(server, &(char){ 0 }, 1, 0));

    fd_set readable;
    FD_ZERO(&readable);
    FD_SET(server, &readable);
    struct timeval soon = { 0, 10000 };
    printf("select %d\n", select(server + 1, &readable, NULL, NULL, &soon));
    send(client, "x", 1, 0);
    FD_ZERO(&readable);
    FD_SET(server, &readable);
    FD_SET(listening, &readable);
    int highest = server > listening ? server : listening;
    struct timeval later = { 2, 0 };
    printf("select %d", select(highest + 1, &readable, NULL, NULL, &later));
    printf(" server %d listener %d\n", FD_ISSET(server, &readable) != 0,
           FD_ISSET(listening, &readable) != 0);
    close(client);
    polled = (struct pollfd){ server, POLLIN, 0 };
    poll(&polled, 1, 2000);
    printf("readable at the end: %d\n", (polled.revents & POLLIN) != 0);
    close(server);
    close(listening);
}

static void failures(void)
{
    struct sockaddr_in address = loopback(htons(1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    report("connect where nobody listens", connect(fd, (struct sockaddr *)&address, sizeof address));
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    report("send unconnected", send(fd, "x", 1, MSG_NOSIGNAL));
    report("recv unconnected", recv(fd, &(char){ 0 }, 1, 0));
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    report("getpeername unconnected", getpeername(fd, (struct sockaddr *)&own, &size));
    int listening = listener(&own);
    report("bind to a taken port", bind(fd, (struct sockaddr *)&own, sizeof own));
    close(listening);
    close(fd);
    report("send to a closed descriptor", send(fd, "x", 1, 0));
    report("bind of a file", bind(0, (struct sockaddr *)&own, sizeof own));
    report("a wrong family", socket(12345, SOCK_STREAM, 0));
}

static void names(void)
{
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
    hints.ai_flags = AI_NUMERICHOST;
    int error = getaddrinfo("127.0.0.1", "80", &hints, &found);
    printf("getaddrinfo %d\n", error);
    if (error == 0) {
        struct sockaddr_in *address = (struct sockaddr_in *)found->ai_addr;
        char text[INET_ADDRSTRLEN];
        printf("%s port %d\n", inet_ntop(AF_INET, &address->sin_addr, text, sizeof text),
               ntohs(address->sin_port));
        freeaddrinfo(found);
    }
    printf("not a number: %d\n", getaddrinfo("localhost.invalid", "80", &hints, &found) == EAI_NONAME);
    struct in_addr v4;
    struct in6_addr v6;
    char text[INET6_ADDRSTRLEN];
    printf("inet_pton %d %d %d\n", inet_pton(AF_INET, "192.0.2.1", &v4),
           inet_pton(AF_INET, "300.0.0.1", &v4), inet_pton(AF_INET6, "2001:db8::1", &v6));
    printf("%s\n", inet_ntop(AF_INET6, &v6, text, sizeof text));
    printf("%x %x\n", htonl(0x01020304), htons(0x0102));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } chapters[] = {
        { "streams", streams }, { "large", large },       { "datagrams", datagrams },
        { "local", local },     { "waiting", waiting },   { "failures", failures },
        { "names", names },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc < 2 || strcmp(argv[1], chapters[i].name) == 0)
            chapters[i].run();
    }
    return 0;
}
