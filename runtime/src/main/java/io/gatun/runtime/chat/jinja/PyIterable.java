package io.gatun.runtime.chat.jinja;

import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What Python can go through although it is no list, string or dict. */
sealed interface PyIterable {

    /** Python's name of the type. */
    String type();

    Iterator<?> iterator();

    /** A dict's keys, values or items. */
    record View(String type, List<?> items) implements PyIterable {
        @Override
        public Iterator<?> iterator() {
            return items.iterator();
        }
    }

    /** The numbers from {@code start} on that are before {@code stop}. */
    record Range(long start, long stop, long step) implements PyIterable {
        @Override
        public String type() {
            return "range";
        }

        /** How many numbers, as far as an int goes. */
        int size() {
            if (step > 0 ? start >= stop : start <= stop) {
                return 0;
            }
            long distance = step > 0 ? stop - start : start - stop;
            long count = Long.divideUnsigned(distance - 1, Math.abs(step)) + 1;
            return count < 0 || count > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) count;
        }

        long get(int index) {
            return start + index * step;
        }

        List<Long> numbers() {
            return IntStream.range(0, size()).mapToObj(this::get).toList();
        }

        @Override
        public Iterator<?> iterator() {
            return numbers().iterator();
        }
    }

    /** Items that are made as they are asked for, once. */
    final class Generator implements PyIterable {
        private final String type;
        private final Supplier<Iterator<?>> start;
        private Iterator<?> items;

        Generator(Supplier<Iterator<?>> start) {
            this("generator", start);
        }

        Generator(String type, Supplier<Iterator<?>> start) {
            this.type = type;
            this.start = start;
        }

        @Override
        public String type() {
            return type;
        }

        @Override
        public Iterator<?> iterator() {
            if (items == null) {
                items = start.get();
            }
            return items;
        }
    }
}
