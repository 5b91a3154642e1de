using Blindsight.Enclave.Contexts;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Queries;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Enclave.Results;

/// <summary>
/// What of outputs may leave for the data owner: decrypted, flooded, and rounded to the bits that are guaranteed then. Without the flood a data owner and the
/// host together could compute the key from the noise (Li and Micciancio, 2021), and with the key read the weights.
/// </summary>
internal static class ResultRelease
{
    /// <param name="query">Begun.</param>
    /// <param name="outputs">Ciphertexts of each output, block by block.</param>
    /// <exception cref="RoomException">WrongCount or WrongCiphertext.</exception>
    public static RoomResult Of(OwnedQuery query, CkksCiphertext[][] outputs, RoomLimits limits)
    {
        KeyContext context = query.Context;
        RoomContract contract = context.Model.Contract;
        int released = query.Images * contract.Outputs.Sum(output => contract.Values[output.Value].Elements);
        double error = 0, bits = double.MaxValue;
        float[][][] results = new float[outputs.Length][][];
        for (int i = 0; i < outputs.Length; i++)
        {
            RoomValue value = contract.Values[contract.Outputs[i].Value];
            double noise = new CkksEstimate(RoomContract.Magnitude, value.Deviation).SlotDeviation(context.Model.Context.Parameters, value.Scale);
            CkksFlood flood = CkksFlood.Of(noise, released, limits.ResultsPerKey, limits.StatisticalBits, limits.ResultErrorMax);
            (error, bits) = (Math.Max(error, flood.ErrorBound + flood.Unit / 2), Math.Min(bits, flood.StatisticalBits));
            double[] numbers = query.Work!.Decrypt(i, outputs[i]);
            flood.Apply(context.Randomness, numbers);
            results[i] = [.. Enumerable.Range(0, query.Images).Select(image =>
                Enumerable.Range(0, value.Elements).Select(element => (float)numbers[element * contract.Images + image]).ToArray())];
            Array.Clear(numbers);
        }
        return new(error, bits, results);
    }
}
