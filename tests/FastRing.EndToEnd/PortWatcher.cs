namespace FastRing.EndToEnd;

/// <summary>A program for the guest that sleeps until a signal says that something happened to its port, and prints what it then sees.</summary>
internal static class PortWatcher
{
    public const string Source = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <signal.h>
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>

        static volatile sig_atomic_t signalled;

        static void on_sigio(int number) { signalled = 1; }

        int main(int count, char **arguments) {
          struct sigaction action = {.sa_handler = on_sigio};
          sigset_t blocked, none;
          sigemptyset(&none);
          sigemptyset(&blocked);
          sigaddset(&blocked, SIGIO);
          sigprocmask(SIG_BLOCK, &blocked, NULL);
          sigaction(SIGIO, &action, NULL);

          int port = open(arguments[count - 1], O_RDWR | O_NONBLOCK);
          if (port < 0 || fcntl(port, F_SETOWN, getpid()) < 0 || fcntl(port, F_SETFL, O_NONBLOCK | O_ASYNC) < 0) return 1;
          setvbuf(stdout, NULL, _IOLBF, 0);
          puts("waiting");
          while (!signalled) sigsuspend(&none);

          puts("SIGIO");
          struct pollfd state = {.fd = port, .events = POLLIN | POLLOUT};
          if (poll(&state, 1, -1) == 1 && (state.revents & POLLHUP)) puts("POLLHUP");
          char byte;
          printf("read: %s\n", read(port, &byte, 1) < 0 ? strerror(errno) : "no error");
          return 0;
        }
        """;
}
