package dev.cove.vmm.qemu;

/// How QEMU translates a guest, as it was seen to. What lies between these two was not tried, and
/// is taken for the older one, whose words all of them know.
enum Translator {
    OF_QEMU_7,
    OF_QEMU_10;

    /// @param version QEMU's, such as `7.2.22`
    static Translator of(String version) {
        var major = Integer.parseInt(version.substring(0, version.indexOf('.')));
        return major < 10 ? OF_QEMU_7 : OF_QEMU_10;
    }

    /// Whether a program is translated anew at each address where it lies.
    boolean retranslates() {
        return this == OF_QEMU_7;
    }

    /// The processor that a guest sees.
    ///
    /// Five-level page tables cost a step more for each miss, for nothing. And what a processor
    /// with "fast string operations" copies and clears in one go, a translator does byte by byte: a
    /// kernel that finds none does it by eight.
    String processor() {
        return switch (this) {
            case OF_QEMU_7 -> "max,la57=off,erms=off,fsrm=off";
            case OF_QEMU_10 -> "max,la57=off,erms=off,fsrm=off,fsrs=off,fzrm=off,fsrc=off";
        };
    }
}
