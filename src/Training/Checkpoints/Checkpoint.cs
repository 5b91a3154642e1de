using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Blindsight.Arithmetic;

namespace Blindsight.Training.Checkpoints;

/// <summary>
/// The state of a run between two steps in one file: a mark, the run's identity, the steps done, the epoch's sums, every
/// tensor, and a SHA-256 digest of all before it. Everything else that a run needs follows from its identity and the step.
/// </summary>
internal sealed class Checkpoint
{
    private static ReadOnlySpan<byte> Mark => "BSTRAIN1"u8;

    private readonly string _path;
    private readonly byte[] _identity;
    private readonly IReadOnlyList<float[]> _tensors;

    /// <param name="identity">A digest of architecture, first weights, data and options.</param>
    /// <param name="tensors">The tensors that Save writes and Load overwrites.</param>
    public Checkpoint(string path, byte[] identity, IReadOnlyList<float[]> tensors)
    {
        _path = path;
        _identity = identity;
        _tensors = tensors;
    }

    private int StateBytes => Mark.Length + SHA256.HashSizeInBytes + sizeof(int) + sizeof(double) + sizeof(int);

    private long FileBytes => StateBytes + 4L * _tensors.Sum(tensor => (long)tensor.Length) + SHA256.HashSizeInBytes;

    /// <summary>Replaces the file by the present state.</summary>
    public void Save(RunState state) => AtomicFile.Write(_path, stream =>
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using MemoryStream head = new();
        using BinaryWriter writer = new(head);
        writer.Write(Mark);
        writer.Write(_identity);
        writer.Write(state.Step);
        writer.Write(state.LossSum);
        writer.Write(state.Correct);
        Put(head.ToArray());
        foreach (float[] tensor in _tensors) Put(MemoryMarshal.AsBytes(tensor.AsSpan()));
        stream.Write(hash.GetHashAndReset());

        void Put(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
    });

    /// <summary>Restores the state that was saved last, or returns null where there is no file.</summary>
    /// <exception cref="ParameterException">The file is damaged or of another run; no tensor was changed.</exception>
    public RunState? Load()
    {
        FileInfo file = new(_path);
        if (!file.Exists) return null;
        if (file.Length != FileBytes)
            throw Refused($"has {file.Length} bytes; a checkpoint of this network has {FileBytes}");
        byte[] content = File.ReadAllBytes(_path);
        ReadOnlySpan<byte> body = content.AsSpan(..^SHA256.HashSizeInBytes);
        if (!body.StartsWith(Mark) || !SHA256.HashData(body).AsSpan().SequenceEqual(content.AsSpan(body.Length)))
            throw Refused("is damaged");
        if (!body.Slice(Mark.Length, SHA256.HashSizeInBytes).SequenceEqual(_identity))
            throw Refused("belongs to another network, other data or other options");
        using BinaryReader reader = new(new MemoryStream(content, Mark.Length + SHA256.HashSizeInBytes, StateBytes));
        RunState state = new(reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt32());
        ReadOnlySpan<byte> rest = body[StateBytes..];
        foreach (float[] tensor in _tensors)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(tensor.AsSpan());
            rest[..bytes.Length].CopyTo(bytes);
            rest = rest[bytes.Length..];
        }
        return state;
    }

    private ParameterException Refused(string reason) => new($"The checkpoint '{_path}' {reason}; remove it to start anew.");
}

/// <summary>What changes from step to step beside the tensors.</summary>
/// <param name="Step">Steps done of all epochs.</param>
/// <param name="LossSum">Sum of the losses of this epoch's images so far.</param>
/// <param name="Correct">This epoch's correctly classified images so far.</param>
internal readonly record struct RunState(int Step, double LossSum, int Correct);
