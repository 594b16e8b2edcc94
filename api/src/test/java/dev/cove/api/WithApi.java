package dev.cove.api;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A test with an API of its own and two who call it.
abstract class WithApi {
    @TempDir Path folder;
    Bench bench;
    Http root;
    Http alice;

    @BeforeEach
    final void startApi() {
        bench = new Bench(folder);
        root = bench.http(bench.root);
        alice = bench.http(bench.alice);
    }

    @AfterEach
    final void stopApi() {
        bench.close();
    }
}
