package dev.cove.platform;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A program to start and leave alone: in a session of its own, so that it survives whoever started
/// it and their terminal, without our environment, our descriptors and our privileges.
///
/// @param wrapper words in front of the program that still run with our privileges, such as `chroot
///   /somewhere`; empty for none
/// @param line the program and its arguments
/// @param input what its standard input is
/// @param output where its standard output and error are appended; the caller makes that file
/// @param user as whom it runs; empty for the caller
/// @param largestFile beyond this many bytes no file grows by its writes; they fail quietly. The
///   limit can be raised later
public record Detached(
        List<String> wrapper,
        List<String> line,
        Path input,
        Path output,
        Optional<User> user,
        OptionalLong largestFile) {
    private static final Path NOTHING = Path.of("/dev/null");

    public Detached {
        if (line.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        wrapper = List.copyOf(wrapper);
        line = List.copyOf(line);
    }

    /// One with nothing to read.
    public Detached(
            List<String> wrapper,
            List<String> line,
            Path output,
            Optional<User> user,
            OptionalLong largestFile) {
        this(wrapper, line, NOTHING, output, user, largestFile);
    }

    /// @param group its only group besides `more`
    /// @param more groups that it needs to open a device
    public record User(int id, int group, List<Integer> more) {
        public User {
            more = List.copyOf(more);
        }

        /// What `setpriv` is told to become this user.
        public List<String> words() {
            var numbers = more.stream().map(String::valueOf).toList();
            var groups =
                    more.isEmpty() ? "--clear-groups" : "--groups=" + String.join(",", numbers);
            return List.of("--reuid=" + id, "--regid=" + group, groups, "--inh-caps=-all");
        }
    }

    /// Starts it. The words in front of the program replace themselves by it, so the process is the
    /// same from here to the program's end.
    ///
    /// @throws CommandException when it cannot be started
    public LinuxProcess start() {
        var words = words();
        var builder = new ProcessBuilder(words);
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"));
        builder.directory(Path.of("/").toFile());
        builder.redirectInput(input.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        try {
            var pid = builder.start().pid();
            return LinuxProcess.of(pid)
                    .orElseThrow(() -> new CommandException(Command.of(line), "it ended at once"));
        } catch (IOException e) {
            throw new CommandException(
                    Command.of(words), "it cannot be started: " + e.getMessage());
        }
    }

    /// All words, in the order in which they act.
    List<String> words() {
        var words = new ArrayList<String>();
        words.add("setsid");
        if (largestFile.isPresent()) {
            words.addAll(List.of("prlimit", "--fsize=" + largestFile.getAsLong() + ":"));
            // Without this the signal that comes with the limit would end the program.
            words.addAll(List.of("env", "--ignore-signal=XFSZ"));
        }
        words.addAll(wrapper);
        words.add("setpriv");
        user.ifPresent(u -> words.addAll(u.words()));
        words.add("--no-new-privs");
        words.add("--");
        words.addAll(line);
        return words;
    }
}
