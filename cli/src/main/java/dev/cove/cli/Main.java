package dev.cove.cli;

/// Where the launcher starts.
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        var exit = new Cli(Surroundings.ofThisProcess()).run(arguments);
        System.out.flush();
        // Threads that still copy standard input must not keep the process alive.
        Runtime.getRuntime().halt(exit);
    }
}
