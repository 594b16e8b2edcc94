package dev.cove.cli;

import dev.cove.client.CoveClient;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;

/// What a command finds around it: its streams, its environment, its terminal.
///
/// @param home the user's home folder
/// @param configFolder where the user's token and key are: `~/.config/cove`
/// @param terminals the digits of those of 0, 1 and 2 that are terminals
/// @param self the path under which the user runs `cove`
record Surroundings(
        InputStream stdin,
        PrintStream stdout,
        PrintStream stderr,
        Map<String, String> environment,
        Path home,
        Path configFolder,
        String terminals,
        String self,
        Clock clock) {

    /// The launcher says through properties what bash knows and Java would have to find out.
    static Surroundings ofThisProcess() {
        var environment = System.getenv();
        var home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home", "/")));
        var config = environment.getOrDefault("XDG_CONFIG_HOME", "");
        return new Surroundings(
                new FileInputStream(FileDescriptor.in),
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                environment,
                home,
                (config.startsWith("/") ? Path.of(config) : home.resolve(".config"))
                        .resolve("cove"),
                System.getProperty("cove.terminals", ""),
                System.getProperty("cove.self", "cove"),
                Clock.systemUTC());
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        var out = new java.io.BufferedOutputStream(new FileOutputStream(descriptor), 8192);
        return new PrintStream(out, false, StandardCharsets.UTF_8);
    }

    CoveClient client() {
        return CoveClient.of(environment, configFolder);
    }

    boolean isTerminal(int descriptor) {
        return terminals.indexOf('0' + descriptor) >= 0;
    }
}
