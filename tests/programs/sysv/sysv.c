/* What System V has for processes to communicate. The argument names a chapter. All is
 * private, and removed at the end. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static const char *error(long result)
{
    if (result != -1)
        return "none";
    switch (errno) {
    case E2BIG: return "E2BIG";
    case EACCES: return "EACCES";
    case EAGAIN: return "EAGAIN";
    case EEXIST: return "EEXIST";
    case EFAULT: return "EFAULT";
    case EFBIG: return "EFBIG";
    case EIDRM: return "EIDRM";
    case EINTR: return "EINTR";
    case EINVAL: return "EINVAL";
    case ENOENT: return "ENOENT";
    case ENOMSG: return "ENOMSG";
    case ERANGE: return "ERANGE";
    default: return "another";
    }
}

static void check(const char *what, long result)
{
    if (result != -1)
        return;
    printf("%s: %s\n", what, error(result));
    fflush(stdout);
    exit(1);
}

/* Runs something in a child; returns how that ended. */
static int in_child(void (*what)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        what();
        fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

static int id;

static int new_segment(size_t size)
{
    int made = shmget(IPC_PRIVATE, size, IPC_CREAT | 0600);
    check("shmget", made);
    return made;
}

static void *attach(int flags)
{
    void *at = shmat(id, NULL, flags);
    check("shmat", (long)at);
    return at;
}

static void show_segment(void)
{
    struct shmid_ds status;
    check("IPC_STAT", shmctl(id, IPC_STAT, &status));
    printf("size %zu, attached %d, rights %o, creator %d, owner %d, changed %d\n", (size_t)status.shm_segsz,
           (int)status.shm_nattch, (int)status.shm_perm.mode & 0777, status.shm_cpid == getpid() || status.shm_cpid == getppid(),
           status.shm_perm.uid == getuid() && status.shm_perm.cgid == getgid(), time(NULL) - status.shm_ctime < 60);
}

static int *numbers;

static void add_in_child(void)
{
    show_segment();
    numbers[0]++;
    numbers[40000]++;
}

static void attach_in_child(void)
{
    int *own = attach(0);
    own[1] = 77;
    show_segment();
    printf("detached %d\n", shmdt(own));
}

static void segments(void)
{
    id = new_segment(200000);
    show_segment();
    numbers = attach(0);
    printf("%d %d\n", numbers[0], numbers[40000]);
    numbers[0] = 5;
    for (int i = 0; i < 3; i++)
        in_child(add_in_child);
    printf("%d %d\n", numbers[0], numbers[40000]);
    int *again = attach(0);
    again[2] = 9;
    printf("both: %d\n", numbers[2]);
    show_segment();
    in_child(attach_in_child);
    printf("from the child: %d\n", again[1]);
    printf("detached %d\n", shmdt(again));
    struct shmid_ds status;
    shmctl(id, IPC_STAT, &status);
    status.shm_perm.mode = 0640;
    printf("set %d\n", shmctl(id, IPC_SET, &status));
    printf("removed %d\n", shmctl(id, IPC_RMID, NULL));
    /* It stays until no one has it. */
    numbers[0]++;
    show_segment();
    printf("%d\n", numbers[0]);
    printf("detached %d\n", shmdt(numbers));
    printf("gone: %s\n", error(shmctl(id, IPC_STAT, &status)));
    printf("gone: %s\n", error((long)shmat(id, NULL, 0)));

    /* Memory that was a segment's is the program's again. */
    char *block = calloc(8, 65536);
    int sum = 0;
    for (int i = 0; i < 8 * 65536; i++)
        sum += block[i];
    printf("%d\n", sum);
    free(block);

    /* Many, one after the other and at a time. */
    int ids[20];
    char *all[20];
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 20; i++) {
            id = ids[i] = new_segment(10000);
            all[i] = attach(0);
            all[i][9999] += i;
            shmctl(id, IPC_RMID, NULL);
        }
        sum = 0;
        for (int i = 0; i < 20; i++) {
            sum += all[i][9999];
            shmdt(all[i]);
        }
        printf("%d\n", sum);
    }
}

static void write_to_it(void)
{
    ((volatile int *)numbers)[3] = 1;
}

static void reading(void)
{
    id = new_segment(4096);
    int *both = attach(0);
    numbers = attach(SHM_RDONLY);
    both[3] = 12;
    printf("%d\n", numbers[3]);
    fflush(stdout);
    freopen("/dev/null", "w", stderr);
    printf("writing: %s\n", in_child(write_to_it) ? "died" : "lived");
    printf("%d\n", both[3]);
    shmctl(id, IPC_RMID, NULL);
}

static void change(int number, int by, int flags)
{
    struct sembuf operation = { number, by, flags };
    check("semop", semop(id, &operation, 1));
}

static int value_of(int number)
{
    return semctl(id, number, GETVAL);
}

static void take_turns(void)
{
    for (int i = 0; i < 50; i++) {
        change(1, -1, 0);
        change(0, 1, 0);
    }
}

static void undo(void)
{
    change(2, -2, SEM_UNDO);
    printf("meanwhile %d\n", value_of(2));
}

static void ignore(int signal)
{
    (void)signal;
}

static void semaphores(void)
{
    id = semget(IPC_PRIVATE, 3, IPC_CREAT | 0600);
    check("semget", id);
    union semun argument = { .array = (unsigned short[]){ 1, 0, 6 } };
    printf("set all %d\n", semctl(id, 0, SETALL, argument));
    argument.val = 4;
    printf("set %d\n", semctl(id, 2, SETVAL, argument));
    unsigned short values[3] = { 0 };
    argument.array = values;
    printf("get all %d", semctl(id, 0, GETALL, argument));
    printf(": %d %d %d\n", values[0], values[1], values[2]);
    struct semid_ds status;
    argument.buf = &status;
    printf("status %d", semctl(id, 0, IPC_STAT, argument));
    printf(": %d, rights %o, owner %d, recent %d\n", (int)status.sem_nsems, (int)status.sem_perm.mode & 0777,
           status.sem_perm.uid == getuid(), time(NULL) - status.sem_ctime < 60);
    status.sem_perm.mode = 0644;
    printf("change %d", semctl(id, 0, IPC_SET, argument));
    semctl(id, 0, IPC_STAT, argument);
    printf(": rights %o\n", (int)status.sem_perm.mode & 0777);

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        take_turns();
        _exit(0);
    }
    for (int i = 0; i < 50; i++) {
        change(0, -1, 0);
        change(1, 1, 0);
    }
    waitpid(child, NULL, 0);
    printf("after turns: %d %d\n", value_of(0), value_of(1));
    printf("by the child %d\n", semctl(id, 0, GETPID) == child);
    in_child(undo);
    printf("undone %d\n", value_of(2));

    /* All or nothing. */
    struct sembuf both[] = { { 2, -1, 0 }, { 1, -1, IPC_NOWAIT } };
    printf("both: %s", error(semop(id, both, 2)));
    printf(", %d\n", value_of(2));
    struct sembuf wait = { 1, -1, 0 };
    struct timespec soon = { 0, 20000000 };
    printf("timed: %s\n", error(semtimedop(id, &wait, 1, &soon)));
    struct sigaction action = { .sa_handler = ignore };
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 20000);
    printf("interrupted: %s\n", error(semop(id, &wait, 1)));
    ualarm(0, 0);
    argument.val = 40000;
    printf("too many: %s\n", error(semctl(id, 0, SETVAL, argument)));
    printf("no such: %s\n", error(semctl(id, 7, GETVAL)));
    printf("waiting %d %d\n", semctl(id, 1, GETNCNT), semctl(id, 1, GETZCNT));
    printf("removed %d\n", semctl(id, 0, IPC_RMID));
    printf("gone: %s\n", error(semop(id, &wait, 1)));
}

struct message {
    long type;
    char text[6000];
};

static struct message message;

static void put(long type, size_t size)
{
    message.type = type;
    memset(message.text, 'a' + type % 26, size);
    check("msgsnd", msgsnd(id, &message, size, 0));
}

static void take(size_t size, long type, int flags)
{
    memset(&message, 0, sizeof message);
    long length = msgrcv(id, &message, size, type, flags | IPC_NOWAIT);
    printf("type %ld: length %ld, %s", type, length, error(length));
    if (length >= 0)
        printf(", type %ld, %c..%c", message.type, message.text[0] ? message.text[0] : '-',
               length ? message.text[length - 1] : '-');
    printf("\n");
}

static void answer(void)
{
    check("msgrcv", msgrcv(id, &message, sizeof message.text, 1, 0));
    message.type = 2;
    message.text[0]++;
    check("msgsnd", msgsnd(id, &message, 5000, 0));
}

static void queues(void)
{
    id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
    check("msgget", id);
    put(3, 10);
    put(1, 0);
    put(2, 3000);
    put(0x7fffffff, 100);
    put(3, 20);
    struct msqid_ds status;
    printf("status %d", msgctl(id, IPC_STAT, &status));
    printf(": %d messages, %d bytes, rights %o, sender %d, recent %d, room %d\n", (int)status.msg_qnum,
           (int)status.msg_cbytes, (int)status.msg_perm.mode & 0777, status.msg_lspid == getpid(),
           time(NULL) - status.msg_stime < 60, status.msg_qbytes > 4000);
    take(5, 3, 0);
    take(5, 3, MSG_NOERROR);
    take(sizeof message.text, 0, 0);
    take(sizeof message.text, -2, 0);
    take(sizeof message.text, 3, MSG_EXCEPT);
    take(sizeof message.text, 8, 0);
    take(sizeof message.text, 0, 0);
    take(sizeof message.text, 0, 0);

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        answer();
        _exit(0);
    }
    put(1, 5000);
    long length = msgrcv(id, &message, sizeof message.text, 2, 0);
    printf("answer: %ld, %c%c\n", length, message.text[0], message.text[1]);
    waitpid(child, NULL, 0);
    status.msg_qbytes = 50;
    printf("less room %d\n", msgctl(id, IPC_SET, &status));
    put(4, 40);
    printf("full: %s\n", error(msgsnd(id, &message, 40, IPC_NOWAIT)));
    message.type = 0;
    printf("no type: %s\n", error(msgsnd(id, &message, 4, IPC_NOWAIT)));
    printf("removed %d\n", msgctl(id, IPC_RMID, NULL));
    printf("gone: %s\n", error(msgsnd(id, &message, 4, IPC_NOWAIT)));
}

static void failures(void)
{
    char here[10];
    printf("no segment: %s\n", error(shmget(0x7a31c5e1, 10, 0600)));
    printf("nothing: %s\n", error(shmget(IPC_PRIVATE, 0, 0600)));
    printf("no such: %s\n", error((long)shmat(-1, NULL, 0)));
    printf("not attached: %s\n", error(shmdt(here)));
    printf("command: %s\n", error(shmctl(-1, IPC_RMID, NULL)));
    printf("no set: %s\n", error(semget(0x7a31c5e1, 1, 0600)));
    printf("negative: %s\n", error(semget(IPC_PRIVATE, -1, 0600)));
    printf("no queue: %s\n", error(msgget(0x7a31c5e1, 0600)));
    printf("no such: %s\n", error(msgrcv(-1, &message, 10, 0, 0)));

    int key = ftok(".", 'w');
    printf("key %d\n", key != -1);
    id = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600);
    check("shmget", id);
    printf("again: %s\n", error(shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600)));
    printf("the same %d\n", shmget(key, 100, 0600) == id);
    printf("larger: %s\n", error(shmget(key, 100000, 0600)));
    printf("removed %d\n", shmctl(id, IPC_RMID, NULL));
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } chapters[] = {
        { "segments", segments }, { "reading", reading }, { "semaphores", semaphores },
        { "queues", queues }, { "failures", failures },
    };
    for (size_t i = 0; i < sizeof chapters / sizeof *chapters; i++) {
        if (argc > 1 && strcmp(argv[1], chapters[i].name) == 0) {
            chapters[i].run();
            return 0;
        }
    }
    return 2;
}
