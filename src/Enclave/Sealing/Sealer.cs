using System.Security.Cryptography;

namespace Blindsight.Enclave.Sealing;

/// <summary>
/// What the enclave writes to the untrusted disk: AES-256-GCM under the sealing key with a random nonce; the purpose and the file's name are authenticated, so
/// that one file does not pass for another. An old version of a file does pass for the new one: nothing is sealed whose age matters.
/// </summary>
public sealed class Sealer : IDisposable
{
    public const int KeyBytes = 32;

    private const int NonceBytes = 12, TagBytes = 16;

    private readonly AesGcm _cipher;

    /// <param name="key">32 bytes; copied.</param>
    public Sealer(ReadOnlySpan<byte> key) => _cipher = new AesGcm(key, TagBytes);

    private static ReadOnlySpan<byte> Magic => "BLSEAL1\n"u8;

    /// <summary>Magic (8), nonce (12), ciphertext, tag (16).</summary>
    public byte[] Seal(string purpose, ReadOnlySpan<byte> content)
    {
        byte[] file = new byte[Magic.Length + NonceBytes + content.Length + TagBytes];
        Magic.CopyTo(file);
        Span<byte> nonce = file.AsSpan(Magic.Length, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(nonce, content, file.AsSpan(Magic.Length + NonceBytes, content.Length), file.AsSpan(file.Length - TagBytes), Bound(purpose));
        return file;
    }

    /// <summary>The inverse of <see cref="Seal"/>.</summary>
    /// <exception cref="RoomException">SealRefused: changed, sealed for another purpose or under another key.</exception>
    public byte[] Open(string purpose, ReadOnlySpan<byte> file)
    {
        int overhead = Magic.Length + NonceBytes + TagBytes;
        if (file.Length < overhead || !file.StartsWith(Magic)) throw new RoomException(RoomFault.SealRefused, $"{purpose}: not a sealed file");
        byte[] content = new byte[file.Length - overhead];
        try
        {
            _cipher.Decrypt(file.Slice(Magic.Length, NonceBytes), file.Slice(Magic.Length + NonceBytes, content.Length), file[^TagBytes..], content,
                Bound(purpose));
        }
        catch (AuthenticationTagMismatchException changed)
        {
            throw new RoomException(RoomFault.SealRefused, $"{purpose}: changed, or sealed for something else or by another enclave", changed);
        }
        return content;
    }

    public void Dispose() => _cipher.Dispose();

    private static byte[] Bound(string purpose) => [.. "blindsight sealed "u8, .. System.Text.Encoding.UTF8.GetBytes(purpose)];
}
