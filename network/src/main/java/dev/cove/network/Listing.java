package dev.cove.network;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What `nft -j list table` printed, in two parts: the frame, which is the same as long as nobody
/// changes the rules, and the elements of its sets, which come and go with the guests.
///
/// @param frame chains, rules and empty sets, without the numbers that the kernel gives them
/// @param elements by set; each as its parts in order, a map's value and comment at the end
record Listing(List<String> frame, Map<String, Set<List<String>>> elements) {
    static Listing of(JsonNode printed) {
        var frame = new ArrayList<String>();
        var elements = new TreeMap<String, Set<List<String>>>();
        for (var entry : printed.path("nftables")) {
            for (var kind : entry.propertyNames()) {
                if (kind.equals("metainfo")) {
                    continue;
                }
                var object = (ObjectNode) entry.path(kind).deepCopy();
                object.remove("handle");
                var elem = object.remove("elem");
                if (kind.equals("set") || kind.equals("map")) {
                    elements.put(object.path("name").asString(), elementsOf(elem));
                }
                frame.add(kind + object);
            }
        }
        return new Listing(List.copyOf(frame), elements);
    }

    Set<List<String>> of(String set) {
        return elements.getOrDefault(set, Set.of());
    }

    boolean hasRules() {
        return frame.stream().anyMatch(line -> line.startsWith("rule"));
    }

    private static Set<List<String>> elementsOf(@Nullable JsonNode elem) {
        var all = new HashSet<List<String>>();
        if (elem != null) {
            StreamSupport.stream(elem.spliterator(), false).map(Listing::partsOf).forEach(all::add);
        }
        return all;
    }

    /// `{"concat":["cv-…","02:…"]}`, and in a map `[{"elem":{"val":"cv-…","comment":"alice"}},7]`.
    private static List<String> partsOf(JsonNode element) {
        var parts = new ArrayList<String>();
        if (element.isArray()) {
            var key = element.path(0).path("elem");
            parts.add(key.path("val").asString(""));
            parts.add(element.path(1).asString());
            parts.add(key.path("comment").asString(""));
        } else {
            element.path("concat").forEach(part -> parts.add(part.asString()));
        }
        return List.copyOf(parts);
    }
}
