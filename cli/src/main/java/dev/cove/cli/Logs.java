package dev.cove.cli;

import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove logs`.
final class Logs implements Verb {
    private static final byte C2 = (byte) 0xc2;
    private static final byte FIRST_LETTER = (byte) 0xa0;

    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec(
                                "Show what a VM wrote to its console: kernel, boot, login prompt.",
                                "On a terminal, control characters other than line ends and tabs are"
                                        + " left out.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addOption(Options.flag("go on until the VM stops", "-f", "--follow"))
                        .addOption(Options.value("N", "only the last N lines", "-n", "--tail")),
                "cove logs web",
                "cove logs -f --tail 20 web");
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var client = here.client();
        var tail = Options.count(given, "--tail", 0, 1_000_000);
        var plain = here.isTerminal(1);
        try (var log =
                client.log(Options.argument(given, 0), tail, Options.flag(given, "--follow"))) {
            var block = new byte[16 << 10];
            var before = (byte) 0;
            for (var n = log.read(block); n >= 0; n = log.read(block)) {
                var last = n == 0 ? before : block[n - 1];
                var length = plain ? withoutControls(block, n, before) : n;
                before = last;
                here.stdout().write(block, 0, length);
                here.stdout().flush();
                if (here.stdout().checkError()) {
                    return 1;
                }
            }
        }
        return 0;
    }

    /// A guest is hostile, and a terminal obeys. Escape sequences begin with ESC, or with one of
    /// the controls from U+0080 on, which in UTF-8 are the byte C2 and another one up to 9F; a byte
    /// 80 to 9F that follows another one is the middle of a letter.
    ///
    /// @param before the last byte of the block before
    static int withoutControls(byte[] block, int length, byte before) {
        var kept = 0;
        var last = before;
        for (var i = 0; i < length; i++) {
            var b = block[i];
            var second = last == C2 && b < FIRST_LETTER;
            if (!second && (b < 0 || (b >= 0x20 && b != 0x7f) || b == '\n' || b == '\t')) {
                block[kept++] = b;
            }
            last = b;
        }
        return kept;
    }
}
