package dev.cove.platform;

/// What this process takes from the mode of every file and folder that it makes (umask(2)), its
/// children included.
public final class Umask {
    /// Others may read and pass through, and write nothing.
    public static final int USUAL = 0022;

    private Umask() {}

    /// @return what it was
    public static int set(int mask) {
        return Native.umask(mask);
    }
}
