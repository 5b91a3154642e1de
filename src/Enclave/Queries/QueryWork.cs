using Blindsight.Arithmetic;
using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Models;
using Blindsight.Enclave.Refresh;
using Blindsight.Enclave.Results;
using Blindsight.Enclave.Wire;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Queries;

/// <summary>What the host has the enclave do for a query. Each call checks the query's order first; nothing that is decrypted goes to the host.</summary>
internal static class QueryWork
{
    /// <summary>What a ciphertext may claim of its numbers: finished sums with a bias.</summary>
    private const double MagnitudeMax = 4 * RoomContract.Magnitude;

    /// <summary>The inputs, encrypted: epoch, then ciphertexts of each input, block by block.</summary>
    public static byte[] Begin(OwnedQuery query, RoomCounters counters)
    {
        KeyContext context = query.Context;
        lock (context)
        {
            RequireAlive(query);
            query.Order.Begin();
            RoomModel model = context.Model;
            query.Work = new RoomQuery(model.Context, model.Contract, context.Key, context.Randomness, model.Projections);
            List<byte[]> ciphertexts = [];
            for (int input = 0; input < model.Contract.Inputs.Length; input++)
                ciphertexts.AddRange(Sent(query.Work.Encrypt(input, query.Inputs[input]), model));
            foreach (float[] image in query.Inputs.SelectMany(images => images)) Array.Clear(image);
            counters.Encrypted(ciphertexts.Count);
            return Written(new WireWriter().UInt64(query.Epoch), ciphertexts);
        }
    }

    /// <summary>One refresh: fresh ciphertexts of its output.</summary>
    public static byte[] Refresh(OwnedQuery query, ref WireReader reader, RoomCounters counters)
    {
        KeyContext context = query.Context;
        lock (context)
        {
            RequireAlive(query);
            int step = reader.Int32(int.MinValue, int.MaxValue), count = reader.Counted(int.MaxValue, sizeof(int));
            if (step == query.Order.Outputs) throw new RoomException(RoomFault.StepOutOfOrder, $"step {step} is no refresh");
            query.Order.Advance(step, count);
            RoomModel model = context.Model;
            CkksCiphertext[][] operands = new CkksCiphertext[model.Contract.Refreshes[step].Operands.Length][];
            try
            {
                for (int i = 0; i < operands.Length; i++) operands[i] = Blocks(ref reader, model, model.Contract.Refreshes[step].Operands[i], level: 1);
                reader.End();
                byte[][] refreshed = Sent(query.Work!.Refresh(step, operands), model);
                counters.Decrypted(count);
                counters.Encrypted(refreshed.Length);
                return Written(new(), refreshed);
            }
            catch (RoomException refused)
            {
                if (refused.Fault == RoomFault.IntegrityRefused) model.Distrust();
                query.Fail(refused);
                throw;
            }
            finally
            {
                Drop(operands);
            }
        }
    }

    /// <summary>The outputs are in: they are decrypted, flooded, rounded, and kept for the data owner.</summary>
    public static void Finish(OwnedQuery query, ref WireReader reader, RoomLimits limits, RoomCounters counters)
    {
        KeyContext context = query.Context;
        lock (context)
        {
            RequireAlive(query);
            int count = reader.Counted(int.MaxValue, sizeof(int));
            query.Order.Advance(query.Order.Outputs, count);
            RoomModel model = context.Model;
            CkksCiphertext[][] outputs = new CkksCiphertext[model.Contract.Outputs.Length][];
            try
            {
                for (int i = 0; i < outputs.Length; i++)
                    outputs[i] = Blocks(ref reader, model, model.Contract.Outputs[i].Value, model.Contract.Outputs[i].Level);
                reader.End();
                query.Result = ResultRelease.Of(query, outputs, limits);
                query.Forget();
                counters.Decrypted(count);
            }
            catch (RoomException refused)
            {
                if (refused.Fault == RoomFault.IntegrityRefused) model.Distrust();
                query.Fail(refused);
                throw;
            }
            finally
            {
                Drop(outputs);
            }
        }
    }

    /// <summary>A count, and each with its length.</summary>
    public static byte[] Written(WireWriter writer, IReadOnlyCollection<byte[]> ciphertexts)
    {
        writer.Int32(ciphertexts.Count);
        foreach (byte[] ciphertext in ciphertexts) writer.Bytes(ciphertext);
        return writer.ToBytes();
    }

    /// <exception cref="RoomException">KeyRotated, or what the query failed by.</exception>
    private static void RequireAlive(OwnedQuery query)
    {
        query.Context.Model.RequireTrusted();
        query.Context.RequireEpoch(query.Epoch);
        if (query.Failure is { } failure) throw new RoomException(failure.Fault, failure.Message);
    }

    /// <summary>Reads a value's ciphertexts: of the contract's level and scale, and of no more noise than it says.</summary>
    /// <exception cref="RoomException">WrongCiphertext or Malformed.</exception>
    private static CkksCiphertext[] Blocks(ref WireReader reader, RoomModel model, int value, int level)
    {
        RoomValue expected = model.Contract.Values[value];
        int bytes = model.Serializer.CiphertextBytes(level, seeded: false);
        CkksCiphertext[] blocks = new CkksCiphertext[model.LayoutOf(value).Blocks];
        int read = 0;
        try
        {
            while (read < blocks.Length)
            {
                ReadOnlySpan<byte> written = reader.Bytes(RoomFrames.RecordBytesMax);
                if (written.Length != bytes)
                    throw new RoomException(RoomFault.WrongCiphertext, $"a ciphertext of {written.Length} bytes where one of level {level} has {bytes}");
                CkksCiphertext block = blocks[read] = model.Serializer.ReadCiphertext(written);
                read++;
                if (block.Level != level || Math.Abs(block.Scale - expected.Scale) > expected.Scale * 1e-12 || block.Estimate.Magnitude > MagnitudeMax
                    || block.Estimate.Deviation > expected.Deviation)
                    throw new RoomException(RoomFault.WrongCiphertext, "a ciphertext of another level, scale, magnitude or noise than the contract says");
                // A claim that is too small would only lose bits of the message; what the circuit gives is what counts.
                block.Loosen(new CkksEstimate(MagnitudeMax, expected.Deviation));
            }
            return blocks;
        }
        catch (Exception refused)
        {
            foreach (CkksCiphertext block in blocks.Take(read)) block.Dispose();
            if (refused is FormatException or ParameterException) throw new RoomException(RoomFault.WrongCiphertext, refused.Message, refused);
            throw;
        }
    }

    private static byte[][] Sent(CkksCiphertext[] blocks, RoomModel model)
    {
        byte[][] written = [.. blocks.Select(model.Serializer.Write)];
        foreach (CkksCiphertext block in blocks) block.Dispose();
        return written;
    }

    private static void Drop(CkksCiphertext[][] values)
    {
        foreach (CkksCiphertext block in values.Where(blocks => blocks is not null).SelectMany(blocks => blocks)) block.Dispose();
    }
}
