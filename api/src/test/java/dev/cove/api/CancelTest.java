package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import dev.cove.core.port.Images;
import dev.cove.testkit.FakeImages;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Images whose making is ended before they are ready.
@Timeout(60)
class CancelTest {
    @TempDir Path folder;
    private final SlowImages images = new SlowImages();
    private Bench bench;
    private Http root;

    @BeforeEach
    void start() {
        bench = new Bench(folder, UnaryOperator.identity(), UnaryOperator.identity(), images);
        root = bench.http(bench.root);
    }

    @AfterEach
    void stop() {
        images.goOn.countDown();
        bench.close();
    }

    @Test
    void endsABuildAndTellsThoseWhoWaitForIt() throws Exception {
        var told = new LinkedBlockingQueue<String>();
        var subscription =
                bench.events.subscribe(
                        Bench.ROOT,
                        OptionalLong.empty(),
                        event -> told.add(event.type() + " " + event.details()));
        try (subscription) {
            var waiting =
                    CompletableFuture.supplyAsync(
                            () -> root.post("/v1/images?wait=30s", "{\"name\":\"mine\"}"));
            images.awaitStart();

            assertThat(root.post("/v1/images/mine/cancel", "").status()).isEqualTo(204);

            assertThat(images.cleaned).isTrue();
            assertThat(waiting.join().status()).isEqualTo(409);
            assertThat(waiting.join().text("detail")).contains("was cancelled by root");
            await().untilAsserted(() ->
                    assertThat(told)
                            .anyMatch(t -> t.startsWith("image.failed") && t.contains("by root")));
        }
        assertThat(root.get("/v1/images/mine").status()).isEqualTo(404);
        assertThat(root.post("/v1/images/mine/cancel", "").status()).isEqualTo(404);
    }

    @Test
    void endsAnImport() throws Exception {
        var waiting =
                CompletableFuture.supplyAsync(() ->
                        root.send(
                                root.request("/v1/images/mine/import")
                                        .POST(BodyPublishers.ofString("content"))));
        images.awaitStart();

        assertThat(root.post("/v1/images/mine/cancel", "").status()).isEqualTo(204);

        assertThat(waiting.join().status()).isEqualTo(409);
        assertThat(root.get("/v1/images/mine").status()).isEqualTo(404);
    }

    @Test
    void makesAnImageAgainThatWasCancelled() throws Exception {
        root.post("/v1/images", "{\"name\":\"mine\"}");
        images.awaitStart();
        assertThat(root.post("/v1/images/mine/cancel", "").status()).isEqualTo(204);
        images.goOn.countDown();

        assertThat(root.post("/v1/images?wait=10s", "{\"name\":\"mine\"}").status()).isEqualTo(201);
    }

    @Test
    void saysThatAnImageWasReadyBeforeItCouldBeCancelled() throws Exception {
        images.deaf = true;
        root.post("/v1/images", "{\"name\":\"mine\"}");
        images.awaitStart();
        var cancelling =
                CompletableFuture.supplyAsync(() -> root.post("/v1/images/mine/cancel", ""));
        await().until(() -> images.interrupted);

        images.goOn.countDown();

        assertThat(cancelling.join().status()).isEqualTo(409);
        assertThat(cancelling.join().text("detail")).contains("cove image rm mine");
        assertThat(root.get("/v1/images/mine").status()).isEqualTo(200);
    }

    @Test
    void refusesToMakeAnImageTwiceAtOnceAndLeavesTheFirstOneAlone() throws Exception {
        root.post("/v1/images", "{\"name\":\"mine\"}");
        images.awaitStart();

        var second = root.post("/v1/images", "{\"name\":\"mine\"}");

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.text("detail")).contains("cove image cancel mine");
        assertThat(root.post("/v1/images", "{\"name\":\"other\"}").status()).isEqualTo(202);
        assertThat(root.post("/v1/images", "{\"name\":\"third\"}").status()).isEqualTo(429);
        images.goOn.countDown();
        await().until(() -> root.get("/v1/images/mine").status() == 200);
    }

    @Test
    void letsOnlyAdministratorsCancel() throws Exception {
        root.post("/v1/images", "{\"name\":\"mine\"}");
        images.awaitStart();

        assertThat(bench.http(bench.alice).post("/v1/images/mine/cancel", "").status())
                .isEqualTo(403);
        assertThat(images.interrupted).isFalse();
    }

    /// Images that take until they are let go on, or until their maker is interrupted.
    private static final class SlowImages implements Images {
        private final FakeImages images = new FakeImages();
        private final CountDownLatch started = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        volatile boolean deaf;
        volatile boolean interrupted;
        volatile boolean cleaned;

        void awaitStart() throws InterruptedException {
            assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
        }

        private void work() throws InterruptedException {
            started.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                interrupted = true;
                if (!deaf) {
                    cleaned = true;
                    throw e;
                }
                goOn.await();
            }
        }

        @Override
        public List<Image> list() {
            return images.list();
        }

        @Override
        public Optional<Image> find(Name name) {
            return images.find(name);
        }

        @Override
        public Optional<Image> find(Digest digest) {
            return images.find(digest);
        }

        @Override
        public Image build(Build build, Consumer<String> progress) throws InterruptedException {
            work();
            return images.build(build, progress);
        }

        @Override
        public Image take(
                Name name, InputStream content, Optional<Digest> sha256, Consumer<String> progress)
                throws InterruptedException {
            work();
            return images.take(name, content, sha256, progress);
        }

        @Override
        public void remove(Name name) {
            images.remove(name);
        }
    }
}
