using System.Buffers.Binary;
using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;
using Blindsight.Inference.Sessions;
using Blindsight.Mpc.Channels;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>The model owner's side: it evaluates what it cannot read.</summary>
public static class LeveledServerSession
{
    /// <summary>Of a finished sum and a bias.</summary>
    private const double OutputMagnitude = 4 * LeveledValue.Magnitude;

    /// <summary>More noise than any encryption makes.</summary>
    private const double InputDeviationMax = 1 << 10;

    /// <summary>Serves one client to its end.</summary>
    /// <returns>What it cost; keys are the set-up.</returns>
    /// <exception cref="ProtocolException">The client broke the protocol.</exception>
    public static SessionReport Run(IChannel channel, LeveledModel model, ISessionGate? gate = null, CancellationToken cancellation = default) =>
        Cancellable.Run(channel, null, cancellation, () => Serve(channel, model, gate, cancellation));

    private static SessionReport Serve(IChannel channel, LeveledModel model, ISessionGate? gate, CancellationToken cancellation)
    {
        Meter meter = new(channel);
        byte[] hello = new byte[LeveledWire.Hello.Length];
        channel.Receive(LeveledTag.Hello, hello);
        if (!hello.AsSpan().SequenceEqual(LeveledWire.Hello))
            throw new ProtocolException(PeerFault.VersionMismatch, "handshake", "the peer is no client of this deployment and version");
        channel.Send(LeveledTag.Contract, model.ContractJson);
        CkksSerializer serializer = new(model.Context);
        using CkksRelinearizationKey relinearization = LeveledWire.Checked("relinearisation key", () =>
            serializer.ReadRelinearizationKey(Message(channel, LeveledTag.RelinearizationKey, serializer.RelinearizationKeyBytes)));
        using CkksGaloisKeys rotations = LeveledWire.Checked("rotation keys", () =>
            serializer.ReadGaloisKeys(Message(channel, LeveledTag.RotationKeys, checked((int)serializer.GaloisKeysBytes(model.Program.Rotations.Count)))));
        if (!rotations.Covers(model.Program.Rotations))
            throw new ProtocolException(PeerFault.MalformedMessage, "rotation keys", "keys of other rotations than the contract names");
        LeveledEvaluator evaluator = new(model.Context, model.Program, model.Weights, relinearization, rotations, model.Threads);
        PhaseCost setup = meter.Lap(), online = default;
        PhaseCost[] steps = new PhaseCost[model.Program.Steps.Length];
        byte[] count = new byte[sizeof(int)];
        for (int predicted = 0; ; )
        {
            int images = 0;
            if (gate is not { Ending: true })
            {
                channel.Receive(LeveledTag.Query, count);
                images = BinaryPrimitives.ReadInt32LittleEndian(count);
            }
            if (images == 0)
                return new(predicted, setup, online, setup, [.. LeveledContract.Of(model.Program).Steps.Zip(steps,
                    (step, cost) => new LayerCost(step.Name, step.Kind, default, cost))]);
            if (images < 0 || images > model.Program.Images)
                throw new ProtocolException(PeerFault.LimitExceeded, "query", $"{images} images where an evaluation takes 1 to {model.Program.Images}");
            Meter asked = new(channel);
            gate?.Begin(SessionWork.Infer, images);
            CkksCiphertext[][] inputs = Inputs(channel, model, serializer);
            online += meter.Lap();
            CkksCiphertext[][] outputs = evaluator.Run(inputs, step =>
            {
                channel.Send(LeveledTag.Progress, []);
                channel.Flush();
                PhaseCost cost = meter.Lap();
                (steps[step - 1], online) = (steps[step - 1] + cost, online + cost);
            }, cancellation: cancellation);
            foreach (CkksCiphertext block in outputs.SelectMany(blocks => blocks))
            {
                using (block)
                {
                    block.Loosen(new CkksEstimate(OutputMagnitude, LeveledWire.Declared(block.Estimate.Deviation)));
                    channel.Send(LeveledTag.Output, serializer.Write(block));
                }
            }
            channel.Flush();
            online += meter.Lap();
            predicted += images;
            gate?.End(SessionWork.Infer, images, asked.Lap().Seconds);
        }
    }

    private static byte[] Message(IChannel channel, ushort tag, int bytes)
    {
        byte[] message = new byte[bytes];
        channel.Receive(tag, message);
        return message;
    }

    /// <summary>Inputs of the level, scale and magnitude that the contract says.</summary>
    private static CkksCiphertext[][] Inputs(IChannel channel, LeveledModel model, CkksSerializer serializer)
    {
        int level = model.Program.Depth + 1;
        byte[] bytes = new byte[serializer.CiphertextBytes(level, seeded: true)];
        return [.. model.Program.Inputs.Select(input => Enumerable.Range(0, model.Program.Values[input.Value].Layout.Blocks).Select(_ =>
        {
            channel.Receive(LeveledTag.Input, bytes);
            CkksCiphertext block = LeveledWire.Checked("input", () => serializer.ReadCiphertext(bytes));
            if (block.Level == level && block.Scale == LeveledParameters.Scale && block.Estimate.Magnitude <= LeveledValue.Magnitude
                && block.Estimate.Deviation <= InputDeviationMax) return block;
            throw new ProtocolException(PeerFault.MalformedMessage, "input", "a ciphertext of another level, scale, magnitude or noise than the contract says");
        }).ToArray())];
    }
}
