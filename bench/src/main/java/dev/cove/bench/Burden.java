package dev.cove.bench;

import java.util.ArrayList;
import java.util.List;

/// Keeps every core busy until it is closed.
final class Burden implements AutoCloseable {
    private final List<Thread> threads = new ArrayList<>();

    private Burden() {}

    static Burden onEveryCore() {
        var burden = new Burden();
        for (var i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            burden.threads.add(
                    Thread.ofPlatform().daemon().name("burden " + i).start(Burden::spin));
        }
        return burden;
    }

    private static void spin() {
        while (!Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
