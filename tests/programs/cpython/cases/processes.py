"""Processes, pipes and signals."""
import os, signal, subprocess, sys

print(subprocess.run(["sh", "-c", "echo out; echo err >&2; exit 3"], capture_output=True))
print(subprocess.check_output(["tr", "a-z", "A-Z"], input=b"through a pipe\n"))
first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
second = subprocess.Popen(["wc", "-l"], stdin=first.stdout, stdout=subprocess.PIPE, text=True)
first.stdout.close()
print(second.communicate()[0].strip(), first.wait())
try:
    subprocess.run(["/nonexistent/program"])
except FileNotFoundError as error:
    print(error.strerror, error.filename)
try:
    subprocess.run(["sleep", "30"], timeout=0.2)
except subprocess.TimeoutExpired as error:
    print("too long", error.cmd)

reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, b"from the copy")
    os._exit(5)
os.close(writer)
print(os.read(reader, 100), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

heard = []
signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(signal.Signals(number).name))
os.kill(os.getpid(), signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 0.05)
signal.signal(signal.SIGALRM, lambda number, frame: heard.append("alarm"))
signal.pause()
print(heard)
child = os.fork()
if child == 0:
    signal.pause()
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(os.popen("echo a shell").read(), os.system("exit 4") >> 8, end="\n")
print(os.environ["LC_ALL"], os.path.basename(os.getcwd()) != "", os.uname().sysname)
sys.stdout.flush()
os.execv("/bin/sh", ["sh", "-c", "echo another program; exit 6"])
