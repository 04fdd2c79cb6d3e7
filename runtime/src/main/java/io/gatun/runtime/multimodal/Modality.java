package io.gatun.runtime.multimodal;

/** What a prompt may hold besides text. */
public enum Modality {
    IMAGE, VIDEO
}
