/* Copies of a process that a thread has made: the thread is their only one, and they
   end with it, or with the last that it has started. */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void at_exit(void) { printf("handlers of process %s run\n", getenv("WHO")); }

static void *quick(void *said) {
  printf("%s\n", (char *)said);
  return NULL;
}

static void *slow(void *unused) {
  usleep(100000);
  puts("the last thread");
  return NULL;
}

static void *forking(void *way) {
  fflush(stdout);
  pid_t child = fork();
  if (child != 0) {
    int status;
    waitpid(child, &status, 0);
    printf("%s: exited %d, status %d\n", (char *)way, WIFEXITED(status), WEXITSTATUS(status));
    return NULL;
  }
  setenv("WHO", "the copy", 1);
  pthread_t thread;
  if (strcmp(way, "joins") == 0) {
    pthread_create(&thread, NULL, quick, "a thread of the copy");
    pthread_join(thread, NULL);
  } else if (strcmp(way, "leaves another") == 0) {
    pthread_create(&thread, NULL, slow, NULL);
    pthread_detach(thread);
  } else if (strcmp(way, "exits") == 0) {
    exit(7);
  } else if (strcmp(way, "pthread_exit") == 0) {
    pthread_exit(NULL);
  }
  return NULL;
}

int main(void) {
  setenv("WHO", "the first", 1);
  atexit(at_exit);
  char *ways[] = {"returns", "joins", "leaves another", "pthread_exit", "exits"};
  for (int i = 0; i < 5; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, forking, ways[i]);
    pthread_join(thread, NULL);
  }
  return 0;
}
