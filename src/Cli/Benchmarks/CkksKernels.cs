using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Cli.Benchmarks;

/// <summary>Operations of CKKS on one thread, at the sizes and security of the bars: 50-bit primes, a special one besides those of the level.</summary>
internal static class CkksKernels
{
    private const int RotationsHoisted = 8;

    public static IEnumerable<Kernel> All => new (int Degree, int Levels)[] { (8192, 3), (16384, 7) }.SelectMany(size => new[]
    {
        Of("multiply, relinearise and rescale", size, 1, fixture => fixture.Multiply()),
        Of("rotate", size, 1, fixture => fixture.Rotate()),
        Of($"rotate hoisted, each of {RotationsHoisted}", size, RotationsHoisted, fixture => fixture.RotateHoisted()),
        Of("encrypt under the secret key", size, 1, fixture => fixture.Encrypt()),
        Of("encrypt under the public key", size, 1, fixture => fixture.EncryptPublic()),
        Of("encode", size, 1, fixture => fixture.Encode()),
        Of("decode", size, 1, fixture => fixture.Decode()),
        Of("decrypt and decode", size, 1, fixture => fixture.Decrypt()),
        Of("multiply by a plaintext and add", size, 1, fixture => fixture.MultiplyPlain()),
    });

    private static Kernel Of(string name, (int Degree, int Levels) size, int operations, Action<Fixture> operation) =>
        new([new Metric($"ckks {size.Degree} x {size.Levels} {name}", "ms")], InstructionPaths.Residues, () =>
        {
            Fixture fixture = new(size.Degree, size.Levels);
            return new Reciprocal(new TimedWork(new Work(1e-3 * operations, () => operation(fixture), fixture)));
        });

    /// <summary>Turns thousands a second into milliseconds each.</summary>
    private sealed class Reciprocal(TimedWork work) : IRepetitions
    {
        public ImmutableArray<double> Next() => [1 / work.Next()[0]];

        public void Dispose() => work.Dispose();
    }

    private sealed class Fixture : IDisposable
    {
        private const double Scale = 1L << 45;

        private readonly Prg _randomness = Benchmark.Randomness("ckks");
        private readonly CkksContext _context;
        private readonly CkksSecretKey _secret;
        private readonly CkksPublicKey _public;
        private readonly CkksRelinearizationKey _relinearization;
        private readonly CkksGaloisKeys _galois;
        private readonly CkksEncoder _encoder;
        private readonly CkksSecretEncryptor _encryptor;
        private readonly CkksEvaluator _evaluator;
        private readonly double[] _values, _decoded;
        private readonly CkksPlaintext _plaintext;
        private readonly CkksCiphertext _ciphertext, _sum;

        public Fixture(int degree, int levels)
        {
            _context = new CkksContext(CkksParameters.Create(CkksParameterSpec.Of(degree, levels, 50, 50)));
            _secret = CkksSecretKey.Create(_context, _randomness);
            _public = CkksPublicKey.Create(_secret, _randomness);
            _relinearization = CkksRelinearizationKey.Create(_secret, _randomness);
            _galois = CkksGaloisKeys.Create(_secret, Enumerable.Range(1, RotationsHoisted), false, _randomness);
            _encoder = new CkksEncoder(_context);
            _encryptor = new CkksSecretEncryptor(_secret, _randomness);
            _evaluator = new CkksEvaluator(_context);
            _values = [.. Enumerable.Range(0, _context.Parameters.Slots).Select(_ => (long)_randomness.NextUInt64() * Math.Pow(2, -63))];
            _decoded = new double[_values.Length];
            _plaintext = _encoder.Encode(_values, 1, Scale, levels);
            _ciphertext = _encryptor.Encrypt(_plaintext);
            _sum = _evaluator.Multiply(_ciphertext, _plaintext);
        }

        public void Multiply()
        {
            using CkksProduct product = _evaluator.Multiply(_ciphertext, _ciphertext);
            _evaluator.RelinearizeAndRescale(product, _relinearization).Dispose();
        }

        public void Rotate() => _evaluator.Rotate(_ciphertext, 1, _galois).Dispose();

        public void RotateHoisted()
        {
            using CkksDecomposition decomposition = _evaluator.Decompose(_ciphertext);
            for (int steps = 1; steps <= RotationsHoisted; steps++) _evaluator.Rotate(decomposition, steps, _galois).Dispose();
        }

        public void Encrypt() => _encryptor.Encrypt(_plaintext).Dispose();

        public void EncryptPublic() => new CkksPublicEncryptor(_public, _randomness).Encrypt(_plaintext).Dispose();

        public void Encode() => _encoder.Encode(_values, 1, Scale, _context.Parameters.Levels).Dispose();

        public void Decode() => _encoder.Decode(_plaintext, _decoded);

        public void Decrypt()
        {
            using CkksPlaintext plaintext = new CkksDecryptor(_secret).Decrypt(_ciphertext);
            _encoder.Decode(plaintext, _decoded);
        }

        public void MultiplyPlain() => _evaluator.MultiplyAdd(_ciphertext, _plaintext, _sum);

        public void Dispose()
        {
            _plaintext.Dispose();
            _ciphertext.Dispose();
            _sum.Dispose();
            _galois.Dispose();
            _relinearization.Dispose();
            _public.Dispose();
            _secret.Dispose();
            _context.Dispose();
            _randomness.Dispose();
        }
    }
}
