package io.gatun.runtime.cache;

/** Checks that each page of a pool has exactly one owner. */
final class PageAudit {
    private final String[] owners;

    PageAudit(PageAllocator allocator) {
        owners = new String[(int) (allocator.totalTokens() / allocator.pageSize()) + 1];
        owners[0] = "padding";
        own(allocator.free(), "the allocator");
    }

    void own(PageList list, int first, String owner) {
        own(list.range(first, list.size()), owner);
    }

    void own(int[] pages, String owner) {
        for (int page : pages) {
            if (owners[page] != null) {
                throw new IllegalStateException("page " + page + " belongs to " + owners[page] + " and to " + owner);
            }
            owners[page] = owner;
        }
    }

    void requireAllOwned() {
        for (int page = 0; page < owners.length; page++) {
            if (owners[page] == null) {
                throw new IllegalStateException("page " + page + " belongs to nobody");
            }
        }
    }
}
