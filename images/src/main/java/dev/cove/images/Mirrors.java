package dev.cove.images;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Where Debian's packages come from.
///
/// @param archive Debian's archive; empty where nobody named one
/// @param security its security updates; empty where nobody named them
/// @param proxies settings for apt (`Acquire::http::Proxy "…"`)
public record Mirrors(Optional<URI> archive, Optional<URI> security, List<String> proxies) {
    private static final Pattern FORM = Pattern.compile("https?://[A-Za-z0-9.:@/_~%+-]{1,300}");
    private static final Pattern PROXY =
            Pattern.compile("(Acquire::https?::[Pp]roxy) \"([A-Za-z0-9.:@/_~%+-]{1,300})\";");
    private static final Set<String> ROLLING = Set.of("sid", "unstable");

    public Mirrors {
        archive.ifPresent(Mirrors::require);
        security.ifPresent(Mirrors::require);
        proxies = List.copyOf(proxies);
    }

    /// What this machine's own apt uses; nothing where it has none.
    public static Mirrors ofHost() throws InterruptedException {
        var format = "$(REPO_URI) $(COMPONENT)";
        var repositories =
                ask(List.of("apt-get", "indextargets", "--format", format)).lines().toList();
        return new Mirrors(
                find(repositories, "/debian/"),
                find(repositories, "/debian-security/"),
                proxies(ask(List.of("apt-config", "dump"))));
    }

    /// Debian's archive.
    ///
    /// @throws CoveException UNAVAILABLE when nobody named one
    public URI debian() {
        return archive.orElseThrow(() ->
                CoveException.unavailable(
                        "this machine's apt names no Debian mirror; give one to the daemon"
                                + " with --images-mirror"));
    }

    /// What a suite's `sources.list` says.
    List<String> sources(String suite) {
        var lines = new ArrayList<String>();
        lines.add("deb " + debian() + " " + suite + " main");
        if (!ROLLING.contains(suite)) {
            lines.add("deb " + debian() + " " + suite + "-updates main");
            security.ifPresent(s -> lines.add("deb " + s + " " + suite + "-security main"));
        }
        return lines;
    }

    static Optional<URI> find(List<String> repositories, String path) {
        return repositories.stream()
                .filter(line -> line.endsWith(path + " main"))
                .map(line -> line.substring(0, line.length() - "/ main".length()))
                .filter(uri -> FORM.matcher(uri).matches())
                .findFirst()
                .map(URI::create);
    }

    static List<String> proxies(String configuration) {
        return configuration
                .lines()
                .map(PROXY::matcher)
                .filter(java.util.regex.Matcher::matches)
                .map(found -> found.group(1) + " \"" + found.group(2) + "\";")
                .toList();
    }

    private static String ask(List<String> line) throws InterruptedException {
        try {
            var result = Command.of(line).run();
            return result.exit() == 0 ? result.out() : "";
        } catch (CommandException e) {
            // No apt here: not a Debian, so somebody has to name a mirror.
            return "";
        }
    }

    private static void require(URI mirror) {
        if (!FORM.matcher(mirror.toString()).matches()) {
            throw CoveException.invalid(
                    "not a Debian mirror: \""
                            + Printable.of(mirror.toString(), 100)
                            + "\"; write it as http://mirror.example.org/debian");
        }
    }
}
