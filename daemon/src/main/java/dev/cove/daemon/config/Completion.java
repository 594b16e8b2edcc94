package dev.cove.daemon.config;

import dev.cove.core.CoveException;
import dev.cove.core.Subnet;
import dev.cove.daemon.config.Value.Source;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/// Fills in the defaults that follow from other settings.
record Completion(Map<Key, Value> given) {
    private static final int FIRST_OFFSET = 10;

    Map<Key, Value> complete() {
        var values = new EnumMap<>(given);
        values.compute(Key.SOCKET_PATH, (key, v) -> orUsual(v, socket()));
        values.compute(Key.NETWORK_FIRST_ADDRESS, (key, v) -> orUsual(v, firstAddress()));
        return values;
    }

    private static Value orUsual(Value value, String text) {
        return value.source() instanceof Source.Usual ? new Value(text, value.source()) : value;
    }

    /// A daemon with a data folder of its own is one of several: it must not take the usual socket.
    private String socket() {
        var data = value(Key.DATA);
        return data.source() instanceof Source.Usual
                ? "/run/cove/cove.sock"
                : Path.of(data.text()).resolve("cove.sock").toString();
    }

    private String firstAddress() {
        try {
            var subnet = Subnet.parse(value(Key.NETWORK_SUBNET).text());
            var usual = subnet.network().plus(FIRST_OFFSET);
            var fits = usual.compareTo(subnet.host()) > 0 && subnet.contains(usual);
            return (fits ? usual : subnet.host().plus(1)).toString();
        } catch (CoveException e) {
            // Said with its place when the subnet itself is read.
            return "";
        }
    }

    private Value value(Key key) {
        return java.util.Objects.requireNonNull(given.get(key), key.path());
    }
}
