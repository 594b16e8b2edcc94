package dev.cove.network;

import dev.cove.core.CoveException;
import dev.cove.core.CoveException.Kind;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The program `nft`: applies scripts as one transaction each, and tells what a table holds.
/// Checked with nftables 1.0.6.
final class Nft {
    private static final JsonMapper JSON = JsonMapper.shared();

    private final Place place;

    Nft(Place place) {
        this.place = place;
    }

    /// Applies a whole script, or nothing of it.
    ///
    /// @throws CoveException INTERNAL with the program's words when it refuses
    void apply(String script) {
        var result = place.run(script, "nft", "-f", "-");
        if (result.exit() != 0) {
            throw refused("a change of the firewall", result.err());
        }
    }

    /// Applies a script, and answers whether it went in.
    boolean tryToApply(String script) {
        return place.run(script, "nft", "-f", "-").exit() == 0;
    }

    /// What a table of Cove's holds; empty when there is none.
    Optional<Listing> list(String family) {
        var result = place.run("", "nft", "-j", "list", "table", family, "cove");
        if (result.exit() == 0) {
            return Optional.of(Listing.of(parsed(result.out())));
        }
        if (result.err().contains("No such file or directory")) {
            return Optional.empty();
        }
        throw refused("a look at the firewall", result.err());
    }

    /// The chains of all tables in the shape that `nft -j` prints them in.
    JsonNode chains() {
        var result = place.run("", "nft", "-j", "list", "chains");
        if (result.exit() != 0) {
            throw refused("a look at the firewall's chains", result.err());
        }
        return parsed(result.out()).path("nftables");
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (tools.jackson.core.JacksonException e) {
            throw CoveException.internal(
                    "nft printed what is no JSON: " + first(text) + "; is it complete?", e);
        }
    }

    private static CoveException refused(String what, String words) {
        return new CoveException(
                Kind.INTERNAL, "nft refuses " + what + ": " + first(words) + "; see: cove doctor");
    }

    private static String first(String words) {
        return String.join("; ", words.strip().lines().limit(4).map(String::strip).toList());
    }
}
