package dev.cove.api;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which `Host` and `Origin` headers are taken. A page that a browser loaded from anywhere else can
/// neither reach the API under a name of its own (DNS rebinding) nor from its own origin (CSRF).
final class HostRule {
    private static final Pattern FORM =
            Pattern.compile("(\\[[0-9a-fA-F:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:\\d{1,5})?");
    private static final Pattern QUAD = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");

    private final Set<String> names;
    private final Supplier<Set<String>> certified;

    /// @param names what a request may be addressed to besides `localhost`, loopback addresses and
    ///   the address it arrived at
    /// @param certified more of them, in lower case: those of the server's certificate right now
    HostRule(List<String> names, Supplier<Set<String>> certified) {
        this.certified = certified;
        this.names =
                Stream.concat(Stream.of("localhost"), names.stream())
                        .map(n -> n.toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// Why a request is refused, or empty.
    ///
    /// @param hosts every `Host` header there is
    /// @param local the address that the connection arrived at, if it is one of IP
    Optional<String> refusal(
            List<String> hosts,
            List<String> origins,
            @Nullable String site,
            @Nullable InetAddress local) {
        if (hosts.size() != 1) {
            return Optional.of("a request has one Host header, not " + hosts.size());
        }
        var host = hosts.getFirst();
        if (!allows(host, local)) {
            return Optional.of(
                    "this Host is not one of the API's; use localhost, the address, or a name in its certificate");
        }
        if (!origins.stream().allMatch(o -> sameOrigin(o, host))) {
            return Optional.of("requests from pages of another origin are refused");
        }
        if (site != null && !SAME_SITE.contains(site)) {
            return Optional.of("requests from pages of another site are refused");
        }
        return Optional.empty();
    }

    private boolean allows(String host, @Nullable InetAddress local) {
        var form = FORM.matcher(host);
        if (!form.matches()) {
            return false;
        }
        var name = form.group(1).toLowerCase(Locale.ROOT);
        return names.contains(name) || isCertified(name) || isHere(name, local);
    }

    /// A certificate's `*` stands for one label (RFC 6125, 6.4.3).
    private boolean isCertified(String name) {
        var known = certified.get();
        var dot = name.indexOf('.');
        return known.contains(name) || (dot > 0 && known.contains("*" + name.substring(dot)));
    }

    private static boolean isHere(String name, @Nullable InetAddress local) {
        var literal = name.startsWith("[") ? name.substring(1, name.length() - 1) : name;
        if (!QUAD.matcher(literal).matches() && !name.startsWith("[")) {
            return false; // a name: never resolved, or its owner would decide
        }
        try {
            var address = InetAddress.ofLiteral(literal);
            return address.isLoopbackAddress() || address.equals(local);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean sameOrigin(String origin, String host) {
        var lower = origin.toLowerCase(Locale.ROOT);
        var wanted = host.toLowerCase(Locale.ROOT);
        return lower.equals("http://" + wanted) || lower.equals("https://" + wanted);
    }
}
