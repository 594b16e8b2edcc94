package dev.cove.cli;

import dev.cove.client.CoveClient.SshTarget;
import dev.cove.core.CoveException;
import dev.cove.core.SshKey;
import dev.cove.core.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove ssh`: the system's ssh, through the API and with the host key that Cove has given the VM.
final class Ssh implements Verb {
    @Override
    public CommandSpec spec() {
        var spec =
                Options.spec(
                                "Log in with the system's ssh, or run a command with it.",
                                "It goes through the daemon's API, so it works wherever that is"
                                        + " reachable; it knows the VM's host key and never asks.",
                                "Exit code: the command's; 255 is ssh's own, 125 Cove's, for a failure.")
                        .addPositional(Options.argument(0, "VM", "its name or id"))
                        .addPositional(
                                Options.arguments(1, "COMMAND", "0..*", "what to run; a shell"))
                        .addOption(Options.value("USER", "whom to log in as", "-l", "--login"))
                        .addOption(
                                Options.values(
                                        "OPTION",
                                        "passed on to ssh, as -o ForwardAgent=yes",
                                        "-o"));
        spec.parser().stopAtPositional(true);
        return Options.examples(
                spec, "cove ssh web", "cove ssh web -- uname -a", "cove ssh -l admin web");
    }

    @Override
    public int failure() {
        return 125;
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException, InterruptedException {
        var target = here.client().ssh(Options.argument(given, 0));
        var words = line(target, given, here);
        var ssh = new ProcessBuilder(words).inheritIO();
        try {
            return ssh.start().waitFor();
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "ssh is not installed; install it with: apt-get install openssh-client", e);
        }
    }

    private static List<String> line(SshTarget target, ParseResult given, Surroundings here)
            throws IOException {
        // The daemon's word goes into ssh's command line: it has to be what it says it is.
        var id = new VmId(target.vm()).text();
        var user = Options.text(given, "-l").orElse(target.user());
        if (!user.matches("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")) {
            throw CoveException.invalid("not a user: \"" + user + "\"");
        }
        var words = new ArrayList<String>();
        words.add("ssh");
        option(words, "ProxyCommand=" + proxyCommand(here.self(), id));
        option(words, "HostKeyAlias=" + id);
        option(
                words,
                "UserKnownHostsFile=" + Quoting.file(knownHosts(id, target, here).toString()));
        option(words, "GlobalKnownHostsFile=/dev/null");
        option(words, "StrictHostKeyChecking=yes");
        option(words, "CheckHostIP=no");
        option(words, "UpdateHostKeys=no");
        for (var key : new Keys(here).toOffer()) {
            option(words, "IdentityFile=" + Quoting.file(key.toString()));
        }
        Options.texts(given, "-o").forEach(o -> option(words, o));
        words.addAll(List.of("-l", user, "--", id));
        words.addAll(Exec.command(given));
        return words;
    }

    private static void option(List<String> words, String option) {
        words.add("-o");
        words.add(option);
    }

    static String proxyCommand(String self, String id) {
        return Quoting.proxyWord(self) + " proxy " + Quoting.proxyWord(id) + " 22";
    }

    /// A file that knows this one VM, replaced as a whole: several `cove ssh` may do so at once.
    private static Path knownHosts(String id, SshTarget target, Surroundings here)
            throws IOException {
        var key = SshKey.parse(target.hostKey());
        var folder = here.configFolder().resolve("known_hosts.d");
        Keys.privateFolder(folder);
        var file = folder.resolve(id);
        var fresh = Files.createTempFile(folder, id, null);
        Files.writeString(fresh, id + " " + key.type() + " " + key.base64() + "\n");
        return Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
