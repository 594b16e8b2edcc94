package dev.cove.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.images.Paths.Kind;
import org.junit.jupiter.api.Test;

class PathsTest {
    private final Paths paths = new Paths();

    @Test
    void knowsEveryNameAndWhatItIs() {
        var kinds = Kind.values();
        for (var i = 0; i < 20_000; i++) {
            assertThat(paths.add("folder/" + i, kinds[i % kinds.length])).isTrue();
        }

        assertThat(paths.count()).isEqualTo(20_000);
        for (var i = 0; i < 20_000; i++) {
            assertThat(paths.get("folder/" + i)).contains(kinds[i % kinds.length]);
        }
        assertThat(paths.get("folder/20000")).isEmpty();
        assertThat(paths.get("folder")).isEmpty();
    }

    @Test
    void keepsWhatANameWasFirst() {
        assertThat(paths.add("etc", Kind.LINK)).isTrue();
        assertThat(paths.add("etc", Kind.FOLDER)).isFalse();

        assertThat(paths.get("etc")).contains(Kind.LINK);
        assertThat(paths.count()).isEqualTo(1);
    }
}
