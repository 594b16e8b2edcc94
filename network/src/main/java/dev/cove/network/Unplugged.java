package dev.cove.network;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/// The taps that are to be off the bridge, in memory. Without it, a tap that is off and one that
/// fell off look the same.
final class Unplugged {
    /// By tap, the user that may open it; empty until it is known to be as it has to be.
    private final Map<Device, OptionalInt> users = new ConcurrentHashMap<>();

    /// From here on nothing but `forget` may be followed by plugging it in.
    void want(Device tap) {
        users.put(tap, OptionalInt.empty());
    }

    void made(Device tap, int user) {
        users.put(tap, OptionalInt.of(user));
    }

    boolean wants(Device tap) {
        return users.containsKey(tap);
    }

    /// Whether it is there, off the bridge, and this user's.
    boolean isMade(Device tap, int user) {
        return OptionalInt.of(user).equals(users.get(tap));
    }

    void forget(Device tap) {
        users.remove(tap);
    }
}
