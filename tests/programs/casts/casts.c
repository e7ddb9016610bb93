// Functions that are called by pointers of other types than theirs, as old programs
// do: natively what is missing is rubbish and what is too much is ignored.

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*taking_three)(int, const char *, long);
typedef void (*taking_none)(void);

static int none(void) { return puts("none"); }

static int one(int a) { return printf("one %d\n", a); }

static long wide(long long a, double b) {
  printf("wide %lld %.2f\n", a, b);
  return 7;
}

static float narrow(float a) { return a * 2; }

static jmp_buf back;

static void jumping(int value) { longjmp(back, value); }

static int called;

static void handler(void) { called++; }

static void *body(void) {
  puts("a thread without an argument");
  return (void *)5L;
}

static void at_end(void *unused) { puts("at the end"); }

static int descending(const int *a, const int *b, void *unused) { return *b - *a; }

int main(void) {
  int result = ((taking_three)none)(1, "x", 2) >= 0;
  result += ((taking_three)one)(42, "x", 2) > 0;
  printf("%d\n", result);
  printf("%ld\n", ((long (*)(long long, double, int))wide)(-1LL << 40, 2.5, 3));
  printf("%.1f\n", ((float (*)(float, int))narrow)(1.25f, 3));

  // With jumps, calls go through the host.
  int jumped = setjmp(back);
  if (jumped == 0) {
    ((taking_none)none)();
    printf("%ld\n", ((long (*)(long long, double, int))wide)(3LL << 40, -0.5, 3));
    printf("%.1f\n", ((float (*)(float, int))narrow)(2.5f, 3));
    ((void (*)(int, int, int))jumping)(9, 8, 7);
  }
  printf("jumped %d\n", jumped);

  signal(SIGUSR1, (void (*)(int))handler);
  raise(SIGUSR1);
  struct sigaction action = {.sa_flags = SA_SIGINFO};
  action.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler;
  sigaction(SIGUSR2, &action, NULL);
  kill(getpid(), SIGUSR2);
  printf("handled %d\n", called);

  pthread_t thread;
  void *answer = NULL;
  if (pthread_create(&thread, NULL, (void *(*)(void *))body, NULL) == 0)
    pthread_join(thread, &answer);
  printf("answer %ld\n", (long)answer);

  int numbers[] = {3, 1, 2};
  qsort(numbers, 3, sizeof *numbers, (int (*)(const void *, const void *))descending);
  printf("%d %d %d\n", numbers[0], numbers[1], numbers[2]);
  atexit((void (*)(void))at_end);
  return 0;
}
