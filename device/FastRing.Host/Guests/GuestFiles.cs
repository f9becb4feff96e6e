namespace FastRing.Host.Guests;

/// <summary>The text files of a guest's root folder. Starting a process costs the guest 10 to 20 ms, so the scripts start few.</summary>
internal static class GuestFiles
{
    /// <summary>The port that starts the guest agent.</summary>
    public const string AgentPort = "org.qemu.guest_agent.0";

    /// <summary>Scripts, by path; executable.</summary>
    public static IReadOnlyDictionary<string, string> Scripts { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["init"] = Init,
        ["sbin/console"] = Console,
        ["sbin/link-ports"] = LinkPorts,
        ["sbin/wait-port"] = WaitPort,
        ["sbin/run-agent"] = RunAgent,
        ["sbin/log-in"] = LogIn,
        ["sbin/shutdown"] = Shutdown,
    };

    /// <summary>Other files, by path.</summary>
    public static IReadOnlyDictionary<string, string> Texts { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["lib/ports.sh"] = Ports,
        ["etc/fstab"] = """
            proc /proc proc defaults 0 0
            sysfs /sys sysfs defaults 0 0
            tmpfs /run tmpfs size=80%,mode=755 0 0
            tmpfs /tmp tmpfs size=80% 0 0

            """,
        ["etc/passwd"] = """
            root:x:0:0:root:/root:/bin/sh
            alice:x:1000:1000:Alice:/tmp:/bin/sh
            bob:x:1001:1001:Bob:/tmp:/bin/sh

            """,
        ["etc/group"] = """
            root:x:0:
            tty:x:5:
            alice:x:1000:
            bob:x:1001:

            """,
        ["etc/os-release"] = """
            NAME="FastRing test guest"
            PRETTY_NAME="FastRing test guest"
            ID=fastring-guest
            VERSION="1"
            VERSION_ID="1"

            """,
    };

    // The kernel hands "name=value" words it does not know to init as environment variables.
    private const string Init = """
        #!/bin/sh
        # Kernel command line: fastring_hello=PORT      write one line to PORT as early as possible
        #                      fastring_ports=A,B       do not say ready before these ports have their links (at most 5 s)
        #                      fastring_agent=1         run qemu-ga while its port exists
        #                      fastring_user=NAME       log NAME in on tty1
        export PATH=/sbin:/bin HOME=/root
        mount -a
        insmod /lib/virtio_console.ko
        . /lib/ports.sh
        if [ -n "$fastring_hello" ] && wait_for find_port "$fastring_hello"; then
          read -r release </proc/sys/kernel/osrelease
          # In the background: a write waits until the host side of the port is connected.
          echo "hello from Linux $release" >"/dev/$port" &
        fi
        mkdir -p "$links" /run/log
        : >/run/utmp
        [ "$fastring_agent" = 1 ] && : >/run/agent-wanted
        # From here on the kernel runs link-ports for every port that comes or goes.
        echo /sbin/link-ports >/proc/sys/kernel/hotplug
        link_ports
        IFS=,
        for name in $fastring_ports; do wait_for test -e "$links/$name"; done
        unset IFS
        [ -n "$fastring_user" ] && log-in "$fastring_user" tty1
        setsid -c console </dev/tty0 >/dev/tty0 2>&1
        poweroff -f

        """;

    private const string Ports = $$"""
        links=/dev/virtio-ports

        # Sets $port to the device name of the port called $1.
        find_port() {
          for port in /sys/class/virtio-ports/*; do
            read -r name 2>/dev/null <"$port/name" || continue
            port=${port##*/}
            [ "$name" = "$1" ] && return 0
          done
          return 1
        }

        # Repeats a command until it succeeds, for about 5 s.
        wait_for() {
          tries=0
          until "$@"; do
            tries=$((tries + 1))
            [ $tries -gt 250 ] && return 1
            usleep 10000
          done
        }

        # Makes links/NAME for each port with a name, and removes the links of ports that are gone.
        link_ports() {
          for link in "$links"/*; do
            [ -L "$link" ] && [ ! -e "$link" ] && rm -f "$link"
          done
          for port in /sys/class/virtio-ports/*; do
            read -r name 2>/dev/null <"$port/name" || continue
            [ -e "$links/$name" ] && continue
            ln -sf "../${port##*/}" "$links/$name"
            if [ "$name" = {{AgentPort}} ] && [ -e /run/agent-wanted ]; then
              run-agent </dev/null >/dev/null 2>&1 &
            fi
          done
        }

        """;

    private const string LinkPorts = """
        #!/bin/sh
        # Run by the kernel on every device event, and by hand.
        [ "${SUBSYSTEM:-virtio-ports}" = virtio-ports ] || exit 0
        export PATH=/sbin:/bin
        . /lib/ports.sh
        link_ports

        """;

    private const string WaitPort = """
        #!/bin/sh
        # wait-port NAME: returns once /dev/virtio-ports/NAME exists; fails after about 5 s.
        . /lib/ports.sh
        wait_for test -e "$links/$1"

        """;

    private const string RunAgent = $$"""
        #!/bin/sh
        # Keeps qemu-ga running while its port exists. The lock file makes a second copy end at once.
        agent_port=/dev/virtio-ports/{{AgentPort}}
        set -C
        { : >/run/agent.lock; } 2>/dev/null || exit 0
        set +C
        while [ -e "$agent_port" ]; do
          qemu-ga -m virtio-serial -p "$agent_port" --statedir /run >>/run/qemu-ga.log 2>&1
          sleep 0.2
        done
        rm -f /run/agent.lock

        """;

    private const string LogIn = """
        #!/bin/sh
        # log-in USER TTY: a real login session with its utmp record. It ends when its shell does: kill -HUP it to log out.
        setsid login -f "$1" <"/dev/$2" >"/dev/$2" 2>&1 &

        """;

    private const string Shutdown = """
        #!/bin/sh
        # shutdown [-h] [-P|-H|-r] [WHEN] [MESSAGE], as the guest agent calls it; the time is always now.
        action=poweroff
        for argument; do
          case "$argument" in
            -P) action=poweroff ;;
            -H) action=halt ;;
            -r) action=reboot ;;
          esac
        done
        echo "shutdown: $action" >/dev/console
        exec "/bin/$action" -f

        """;

    // Raw and without echo, so that output arrives as written. The terminal is this session's own, so that the rig's ^C ends the
    // running command only; the trap keeps this shell alive. The shell is not interactive: it reads commands as a script.
    private const string Console = """
        #!/bin/sh
        stty raw -echo isig
        trap : INT
        set -- /sys/bus/virtio/devices/*
        [ -e "$1" ] || set --
        printf '\036ready\037%d\036' $#
        set --
        . /dev/tty0

        """;
}
