package dev.cove.core.control;

import dev.cove.core.Name;
import java.util.random.RandomGenerator;

/// Names for VMs that nobody named: an adjective and a noun, easy to say and to type.
final class RandomName {
    private static final String[] ADJECTIVES =
            ("amber ample azure bold brave brisk bright calm candid clear clever cosmic crisp daring"
                            + " deft eager early easy fair fleet fond fresh gentle glad golden grand happy"
                            + " hardy honest jolly keen kind lively loyal lucid lucky mellow merry mild"
                            + " modest neat nimble noble patient placid polite proud quick quiet rapid ready"
                            + " rosy serene silent silver sleek smart snug solid spry steady still sunny"
                            + " swift tidy tranquil true upbeat vivid warm wise witty young zesty")
                    .split(" ");
    private static final String[] NOUNS =
            ("anchor arch atoll bay beacon birch bluff breeze bridge brook canoe canyon cape cedar"
                            + " cliff cloud comet coral cove crane creek delta dock dune eagle ember falcon"
                            + " fern fjord forest gale garden glade grove gull harbor haven heron hill island"
                            + " jetty keel kelp lagoon lake lantern ledge lily maple marsh meadow mesa moon"
                            + " oak ocean orchid otter pearl pier pine pond prairie quay reef ridge river sail"
                            + " seal shell shoal shore sound spruce star stream summit thicket tide trout"
                            + " vale valley wave willow")
                    .split(" ");

    private RandomName() {}

    static Name of(RandomGenerator random) {
        return new Name(
                ADJECTIVES[random.nextInt(ADJECTIVES.length)]
                        + "-"
                        + NOUNS[random.nextInt(NOUNS.length)]);
    }
}
