package dev.cove.cli;

import java.io.PrintStream;

/// The help above the verbs, printed without loading one of them.
final class Overview {
    private Overview() {}

    static void print(Verbs verbs, String path, PrintStream out) {
        out.println("Usage: " + path + " VERB [ARGUMENT]...");
        out.println();
        for (var entry : verbs.shown()) {
            var aliases =
                    entry.aliases().isEmpty()
                            ? ""
                            : " (also: " + String.join(", ", entry.aliases()) + ")";
            out.println(
                    "  "
                            + entry.name()
                            + " ".repeat(12 - entry.name().length())
                            + entry.summary()
                            + aliases);
        }
        if (path.equals("cove")) {
            out.print(ROOT);
        }
        out.println();
        out.println("More about each: " + path + " VERB --help");
    }

    private static final String ROOT =
            """

            Environment:
              COVE_HOST    where the daemon listens: unix:///path, host:port or https://host:port
                           (default: unix:///run/cove/cove.sock)
              COVE_TOKEN   who you are on TCP; else the file ~/.config/cove/token (mode 0600)
              COVE_CACERT  for https: a PEM file with the authorities to trust, and no others

            Exit codes: 0, 1 for a failure, 2 for a command line that makes no sense; exec and ssh
            pass on the guest's, and say 125 when Cove itself failed.

            Examples:
              cove create web                   a VM called web
              cove ssh web                      be inside it
              cove exec web -- uname -a         run a command in it
              cove cp site/ web:/var/www/html   copy a folder into it
              cove destroy -f web               and it is gone
            """;
}
