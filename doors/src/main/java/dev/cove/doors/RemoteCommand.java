package dev.cove.doors;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.port.GuestShell.Command;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A command as one line for the shell that `sshd` hands it to (RFC 4254, 6.5: a command is one
/// string, so the words have to be quoted).
///
/// The exit code is the command's own. 125: the folder or the user is not there; 126: the program
/// cannot be run; 127: there is no such program (POSIX sh, 2.8.2).
final class RemoteCommand {
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,255}");
    private static final Pattern USER = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}");
    // The kernel takes 128 KiB for one word (MAX_ARG_STRLEN), and the whole line is one.
    private static final int LONGEST = 120 * 1024;

    private RemoteCommand() {}

    /// The line; empty when the user's own login shell is asked for, with nothing changed.
    ///
    /// @param login who is logged in
    /// @throws CoveException INVALID when something in it cannot be passed on, or when another user
    ///   is asked for and it is not root that is logged in
    static Optional<String> line(Command command, String login) {
        var user = command.user().filter(wanted -> !wanted.equals(login));
        if (command.arguments().isEmpty()
                && command.environment().isEmpty()
                && command.folder().isEmpty()
                && user.isEmpty()) {
            return Optional.empty();
        }
        var script = script(command);
        var line = user.isEmpty() ? script : as(user.get(), login, script);
        if (line.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            throw CoveException.invalid(
                    "the command is longer than "
                            + LONGEST
                            + " bytes; copy a file with cove cp, or send it by standard input");
        }
        return Optional.of(line);
    }

    /// One word that a POSIX shell reads back as it is, whatever is in it.
    static String quote(String word) {
        if (word.indexOf('\0') >= 0) {
            throw CoveException.invalid("a word of a command cannot hold a zero byte");
        }
        return "'" + word.replace("'", "'\\''") + "'";
    }

    private static String script(Command command) {
        var script = new StringBuilder();
        // sshd's AcceptEnv lets next to nothing through, so the shell sets them.
        command.environment()
                .forEach((name, value) ->
                        script.append("export ")
                                .append(variable(name))
                                .append('=')
                                .append(quote(value))
                                .append("; "));
        command.folder()
                .ifPresent(folder ->
                        script.append("cd -- ")
                                .append(quote(plainFolder(folder)))
                                .append(" || exit 125; "));
        return script.append("exec ").append(words(command.arguments())).toString();
    }

    private static String words(List<String> arguments) {
        if (arguments.isEmpty()) {
            return "\"${SHELL:-/bin/sh}\" -l";
        }
        if (arguments.getFirst().isEmpty() || arguments.getFirst().startsWith("-")) {
            throw CoveException.invalid(
                    "not a program: \"" + Printable.of(arguments.getFirst(), 80) + "\"");
        }
        return arguments.stream().map(RemoteCommand::quote).collect(Collectors.joining(" "));
    }

    // `cd -` would go to the folder before; an empty one would stay without a word.
    private static String plainFolder(String folder) {
        if (folder.isEmpty()) {
            throw CoveException.invalid("the folder to run in has an empty name");
        }
        return folder.startsWith("-") ? "./" + folder : folder;
    }

    private static String variable(String name) {
        if (!VARIABLE.matcher(name).matches()) {
            throw CoveException.invalid(
                    "not a variable's name: \""
                            + Printable.of(name, 80)
                            + "\"; letters, digits and _ make one");
        }
        return name;
    }

    /// `setpriv` replaces itself by the command, so that signals and the terminal stay with it;
    /// `su` is for guests without util-linux. `runuser` tells the two apart, since BusyBox has a
    /// smaller `setpriv` and no `runuser`.
    private static String as(String user, String login, String script) {
        if (!USER.matcher(user).matches()) {
            throw CoveException.invalid("not a user's name: \"" + Printable.of(user, 80) + "\"");
        }
        if (!login.equals("root")) {
            throw CoveException.invalid(
                    "only root can run a command as " + user + ", and Cove logs in as " + login);
        }
        var shell = " -- /bin/sh -c " + quote(script);
        return "g=$(id -g -- "
                + quote(user)
                + ") || exit 125; if command -v runuser >/dev/null; then exec setpriv --reuid="
                + quote(user)
                + " --regid=\"$g\" --init-groups --reset-env"
                + shell
                + "; else exec su -s /bin/sh "
                + quote(user)
                + " -c "
                + quote(script)
                + "; fi";
    }
}
