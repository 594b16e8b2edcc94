package dev.cove.daemon;

import dev.cove.core.CoveException;
import dev.cove.daemon.config.Configuration;
import dev.cove.daemon.config.Logging;
import dev.cove.platform.Supervisor;
import dev.cove.platform.SystemCallException;
import dev.cove.platform.Umask;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/// `cove daemon`: runs until it is told to stop.
public final class Main {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    private Main() {}

    public static void main(String[] arguments) throws InterruptedException {
        var words = Arrays.asList(arguments);
        if (words.contains("--help") || words.contains("-h")) {
            printHelp();
            return;
        }
        var exit = run(words, System.getenv());
        if (exit != 0) {
            System.exit(exit);
        }
    }

    private static int run(List<String> flags, Map<String, String> environment)
            throws InterruptedException {
        try {
            var configuration = Configuration.load(flags, environment);
            if (configuration.printOnly()) {
                System.out.print(configuration.printed());
                return 0;
            }
            requireRoot();
            Carriers.provide();
            Logging.start(configuration.settings().log());
            // VMMs pass through our folders, whatever the shell that we were started from thinks.
            var _ = Umask.set(Umask.USUAL);
            serve(configuration);
            return 0;
        } catch (CoveException e) {
            System.err.println("cove daemon: " + e.sentence());
            return e.kind() == CoveException.Kind.INVALID ? USAGE : FAILED;
        }
    }

    private static void serve(Configuration configuration) throws InterruptedException {
        var told = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var _ = Daemon.start(configuration.settings(), version())) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> waitFor(told, ended)));
            tellSupervisor();
            told.await();
        } finally {
            ended.countDown();
        }
    }

    private static void tellSupervisor() {
        try {
            Supervisor.of(System.getenv()).ready();
        } catch (SystemCallException e) {
            // One that does wait gives up in the end, and says so; others have left the variable.
            LoggerFactory.getLogger(Main.class)
                    .warn("the service manager cannot be told that this works: {}", e.getMessage());
        }
    }

    /// The JVM goes down when its hooks have run, so this one stays until everything is closed.
    private static void waitFor(CountDownLatch told, CountDownLatch ended) {
        told.countDown();
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String version() {
        var built = Main.class.getPackage().getImplementationVersion();
        return built == null ? "unpackaged" : built;
    }

    private static void requireRoot() {
        if (new com.sun.security.auth.module.UnixSystem().getUid() != 0) {
            throw CoveException.denied(
                    "the daemon needs root: it makes bridges, taps, mounts, and processes of other"
                            + " users; start it with: sudo cove daemon");
        }
    }

    private static void printHelp() {
        System.out.printf(
                """
                Usage: cove daemon [OPTION...]

                Runs the daemon in the foreground, until SIGTERM or Ctrl-C. VMs run on when it ends.

                Settings come from a YAML file (--config FILE, usually /etc/cove/cove.yaml), the
                environment (COVE_...) and these options; the later ones win:

                %s
                  --config FILE                another file
                  --print-config               print the settings in force, and where they came from

                Examples:
                  cove daemon
                  cove daemon --data /srv/cove --listen 127.0.0.1:7777
                  cove daemon --print-config
                """,
                Configuration.help());
    }
}
