package dev.cove.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> VERBS = List.of("create", "start", "stop", "restart", "ls");

    @Test
    void findsAWordWithSwappedLetters() {
        assertThat(Nearest.to("craete", VERBS)).contains("create");
    }

    @Test
    void findsAWordWithAMissingLetter() {
        assertThat(Nearest.to("stat", VERBS)).contains("start");
    }

    @Test
    void offersNothingWhenNothingIsNear() {
        assertThat(Nearest.to("dance", VERBS)).isEmpty();
        assertThat(Nearest.to("x".repeat(1000), VERBS)).isEmpty();
    }

    @Test
    void hintsInWords() {
        assertThat(Nearest.hint("sotp", VERBS)).isEqualTo("; did you mean \"stop\"?");
        assertThat(Nearest.hint("dance", VERBS)).isEmpty();
    }
}
