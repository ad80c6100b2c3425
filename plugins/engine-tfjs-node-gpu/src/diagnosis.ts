/** What keeps TensorFlow's C library from running here, and the commands that mend it. */
import { join } from 'node:path';
import type { Finding } from '@wasserflow/core';
import type { Binding } from './binding.js';
import type { Installed, Machine } from './machine.js';

/** The newest Node-API for which the packages name an addon. */
const NEWEST_NAPI = 8;

/** Node 23 took away `util.isNullOrUndefined`, which the packages call in every operation. */
const FIRST_BROKEN_NODE = 23;

const DRIVER = 'libcuda.so.1';
/** What TensorFlow 2.9 opens by these names: CUDA 11.2 and cuDNN 8. */
const CUDA_LIBRARIES = [
  'libcudart.so.11.0',
  'libcublas.so.11',
  'libcublasLt.so.11',
  'libcufft.so.10',
  'libcurand.so.10',
  'libcusolver.so.11',
  'libcusparse.so.11',
  'libcudnn.so.8',
];

const addOf = (binding: Binding, { add }: Machine): string => `${add} ${binding.package}@${binding.version}`;

/** The files that the package's own install script builds or downloads. */
function binariesOf({ folder }: Installed, { platform, napi }: Machine): string[] {
  const addon = join(folder, 'lib', `napi-v${Math.min(napi, NEWEST_NAPI)}`, 'tfjs_binding.node');
  const library = { linux: 'libtensorflow.so.2', darwin: 'libtensorflow.2.dylib' }[platform];
  return library === undefined ? [addon] : [addon, join(folder, 'deps', 'lib', library)];
}

function packageFindings(binding: Binding, machine: Machine): Finding[] {
  const found = machine.installed(binding.package);
  const remedy = addOf(binding, machine);
  if (found === undefined) return [{ problem: `the package ${binding.package} is not installed`, remedy }];
  if (found.version !== binding.version)
    return [{ problem: `${binding.package} is ${found.version}, but ${binding.version} is needed`, remedy }];
  const missing = binariesOf(found, machine).filter((file) => !machine.exists(file));
  if (missing.length === 0) return [];
  const problem = `${binding.package} is installed without its native binary: there is no ${missing.join(', no ')}`;
  return [{ problem, remedy: `npm --prefix ${found.folder} run install` }];
}

/** Those of `names` that neither `ldconfig -p` lists nor LD_LIBRARY_PATH has. */
function missingLibraries(names: readonly string[], machine: Machine): string[] {
  const listed = new Set(
    machine
      .ldconfig()
      .split('\n')
      .map((line) => line.trim().split(' ')[0]),
  );
  const onPath = (name: string) => machine.libraryPath.some((folder) => machine.exists(join(folder, name)));
  return names.filter((name) => !listed.has(name) && !onPath(name));
}

function cudaFindings(machine: Machine): Finding[] {
  // Elsewhere TensorFlow itself has to say what it cannot open.
  if (machine.platform !== 'linux') return [];
  const missing = missingLibraries([DRIVER, ...CUDA_LIBRARIES], machine);
  const driver: Finding = {
    problem: `there is no driver of an NVIDIA GPU: ldconfig lists no ${DRIVER}`,
    remedy: 'install the driver, 450.80 or newer; a container gets it by `docker run --gpus all`',
  };
  const libraries = missing.filter((name) => name !== DRIVER);
  const toolkit: Finding = {
    problem: `libraries of CUDA 11.2 and cuDNN 8 are missing: neither ldconfig nor LD_LIBRARY_PATH has ${libraries.join(', ')}`,
    remedy:
      'conda install -c conda-forge cudatoolkit=11.2 cudnn=8.1 && export LD_LIBRARY_PATH=$CONDA_PREFIX/lib:$LD_LIBRARY_PATH',
  };
  return [...(missing.includes(DRIVER) ? [driver] : []), ...(libraries.length > 0 ? [toolkit] : [])];
}

function nodeFindings({ package: name }: Binding, { node }: Machine): Finding[] {
  if (Number.parseInt(node, 10) < FIRST_BROKEN_NODE) return [];
  return [
    { problem: `${name} does not run on Node ${node}, only before ${FIRST_BROKEN_NODE}`, remedy: 'nvm install 22' },
  ];
}

/**
 * What is missing, in the order in which to mend it; empty where nothing is.
 *
 * @example
 * diagnose(bindings['tfjs-node-gpu'], thisMachine()).map(({ problem, remedy }) => `${problem}: ${remedy}`);
 */
export function diagnose(binding: Binding, machine: Machine): Finding[] {
  const { platform, arch } = machine;
  if (binding.gpu && (arch !== 'x64' || !['linux', 'win32'].includes(platform))) {
    const problem = `${binding.package} reaches a GPU on Linux and Windows on x64 only, and this is ${platform} on ${arch}`;
    return [{ problem, remedy: 'use engine `tfjs-node`, the same on the processor' }];
  }
  return [
    ...packageFindings(binding, machine),
    ...(binding.gpu ? cudaFindings(machine) : []),
    ...nodeFindings(binding, machine),
  ];
}
