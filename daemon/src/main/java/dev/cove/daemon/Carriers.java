package dev.cove.daemon;

/// The threads that carry the virtual ones. Starting a program or calling the kernel holds one for
/// milliseconds, so on a small machine there have to be more than it has processors.
public final class Carriers {
    private static final int LEAST = 4;
    private static final String HOW_MANY = "jdk.virtualThreadScheduler.parallelism";
    private static final String LEAST_FREE = "jdk.virtualThreadScheduler.minRunnable";

    private Carriers() {}

    /// To be called before the first virtual thread starts. What was asked for on the command line
    /// holds.
    public static void provide() {
        var processors = Runtime.getRuntime().availableProcessors();
        usually(HOW_MANY, Math.max(LEAST, processors));
        // While one is free, no other takes the place of one that waits for the disk.
        usually(LEAST_FREE, 1);
    }

    private static void usually(String property, int value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, Integer.toString(value));
        }
    }
}
