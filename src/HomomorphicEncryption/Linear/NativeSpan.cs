namespace Blindsight.HomomorphicEncryption.Linear;

/// <summary>A span that other threads may use while the method that made it holds its memory fixed.</summary>
internal readonly unsafe struct NativeSpan<T>(T* pointer, int length) where T : unmanaged
{
    public Span<T> Span => new(pointer, length);
}
