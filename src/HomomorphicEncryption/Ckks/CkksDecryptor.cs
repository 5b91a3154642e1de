using Blindsight.Arithmetic.Residues;

namespace Blindsight.HomomorphicEncryption.Ckks;

/// <summary>Decryption: c0 + c1 s. Thread-safe; constant time.</summary>
public sealed class CkksDecryptor(CkksSecretKey key)
{
    /// <summary>
    /// Message and noise, for the key's owner alone: whoever learns both this and the ciphertext may compute the secret key (Li and Micciancio, 2021).
    /// </summary>
    /// <returns>At the lowest level that holds them.</returns>
    public CkksPlaintext Decrypt(CkksCiphertext ciphertext) => Phase(ciphertext, ciphertext.Estimate);

    internal CkksPlaintext Phase(CkksCiphertext ciphertext, CkksEstimate room)
    {
        CkksContext context = key.Context;
        CkksParameters parameters = context.Parameters;
        ciphertext.RequireContext(context);
        int level = Math.Min(ciphertext.Level, parameters.LevelFor(room.Bits(ciphertext.Scale)));
        CkksPlaintext result = new(context, level, ciphertext.Scale, room);
        for (int i = 0; i < level; i++)
        {
            PrimeModulus modulus = parameters.Modulus(i);
            ResidueMap.Multiply(modulus, ciphertext.Residues(1, i), key.Transform(i), result.Residues(0, i));
            ResidueMap.Add(modulus, ciphertext.Residues(0, i), result.Residues(0, i), result.Residues(0, i));
        }
        return result;
    }
}
