package dev.cove.core;

import java.util.Collection;
import java.util.Optional;

/// Finds what somebody probably meant.
public final class Nearest {
    private static final int LONGEST = 64;

    private Nearest() {}

    /// The known word that is nearest to the one that was given, if any is near: at most one
    /// mistake (a letter missing, added, wrong, or swapped with its neighbour) for every three
    /// letters.
    public static Optional<String> to(String given, Collection<String> known) {
        if (given.length() > LONGEST) {
            return Optional.empty();
        }
        String best = null;
        var fewest = Math.max(1, given.length() / 3) + 1;
        for (var word : known) {
            var mistakes = mistakes(given, word);
            if (mistakes < fewest) {
                fewest = mistakes;
                best = word;
            }
        }
        return Optional.ofNullable(best);
    }

    /// `; did you mean "debian"?`, or nothing when no known word is near.
    public static String hint(String given, Collection<String> known) {
        return to(given, known).map(word -> "; did you mean \"" + word + "\"?").orElse("");
    }

    /// Optimal string alignment: Levenshtein's distance with swapped neighbours as one mistake.
    private static int mistakes(String a, String b) {
        if (b.length() > LONGEST) {
            return Integer.MAX_VALUE;
        }
        var d = new int[a.length() + 1][b.length() + 1];
        for (var i = 0; i <= a.length(); i++) {
            for (var j = 0; j <= b.length(); j++) {
                d[i][j] = i == 0 ? j : j == 0 ? i : cheapest(d, a, b, i, j);
            }
        }
        return d[a.length()][b.length()];
    }

    private static int cheapest(int[][] d, String a, String b, int i, int j) {
        var wrong = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        var least = Math.min(d[i - 1][j - 1] + wrong, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        var swapped =
                i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
    }
}
